import type { DescService } from "@bufbuild/protobuf";
import { createServiceImplSpec, type ServiceImpl, type ServiceImplSpec } from "@connectrpc/connect";
import { notImplemented } from "./errors.ts";

/** A service with its implementation, as a door takes it. Methods that are absent answer UNIMPLEMENTED. */
export function implement<T extends DescService>(
  service: T,
  implementation: Partial<ServiceImpl<T>>,
): ServiceImplSpec {
  const absent = service.methods.map(({ localName, name }) => {
    const refuse = () => {
      throw notImplemented(`${service.typeName}/${name}`);
    };
    return [localName, refuse] as const;
  });
  return createServiceImplSpec(service, { ...Object.fromEntries(absent), ...implementation });
}
