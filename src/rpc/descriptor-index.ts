import {
  createRegistry,
  type DescExtension,
  type DescFile,
  type DescService,
  type Registry,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/**
 * The files that declare some services, and all that these import, found by the names in them: what reflection
 * answers from. It holds the descriptors of the generated code, the same that the services themselves go by.
 */
export class DescriptorIndex {
  readonly services: readonly DescService[];
  readonly #files = new Map<string, DescFile>();
  readonly #types: Registry;

  /** `more` are files that no service needs, and clients do: those of error details. */
  constructor(services: readonly DescService[], more: readonly DescFile[]) {
    this.services = services;
    for (const file of withImports([...services.map((service) => service.file), ...more])) {
      this.#files.set(`${file.name}.proto`, file);
    }
    this.#types = createRegistry(...this.#files.values());
  }

  file(fileName: string): DescFile | undefined {
    return this.#files.get(fileName);
  }

  /** The file that declares a service, method, message, field, oneof, enum, enum value or extension. */
  fileOfSymbol(name: string): DescFile | undefined {
    const type = this.#types.get(name);
    if (type !== undefined) return type.file;
    const dot = name.lastIndexOf(".");
    return this.#fileOfMember(name.slice(0, dot), name.slice(dot + 1));
  }

  hasMessage(typeName: string): boolean {
    return this.#types.getMessage(typeName) !== undefined;
  }

  /** The extensions of a message, by their numbers. */
  extensionsOf(typeName: string): ReadonlyMap<number, DescExtension> {
    const extensions = new Map<number, DescExtension>();
    for (const type of this.#types) {
      if (type.kind === "extension" && type.extendee.typeName === typeName) extensions.set(type.number, type);
    }
    return extensions;
  }

  #fileOfMember(scope: string, name: string): DescFile | undefined {
    const owner = this.#types.get(scope);
    if (owner?.kind === "service" && owner.methods.some((method) => method.name === name)) return owner.file;
    if (owner?.kind === "message" && owner.members.some((member) => member.name === name)) return owner.file;
    for (const type of this.#types) {
      if (type.kind !== "enum" || type.typeName.slice(0, type.typeName.lastIndexOf(".")) !== scope) continue;
      if (type.values.some((value) => value.name === name)) return type.file;
    }
    return undefined;
  }
}

/** A file as a `FileDescriptorProto` in binary form, and after it all that it imports. */
export function encodeWithImports(file: DescFile): Uint8Array[] {
  return [...withImports([file])].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
}

function withImports(files: readonly DescFile[]): ReadonlySet<DescFile> {
  const all = new Set(files);
  for (const file of all) for (const imported of file.dependencies) all.add(imported);
  return all;
}
