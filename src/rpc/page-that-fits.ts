import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { encode, share } from "./shared-messages.ts";

/** A page as long as was asked for, or shorter where it would be larger than what clients receive: 4 MiB. */
export async function pageThatFits<D extends DescMessage>(
  desc: D,
  wantedSize: number,
  ask: (pageSize: number) => MessageShape<D> | Promise<MessageShape<D>>,
): Promise<MessageShape<D>> {
  for (let pageSize = wantedSize; ; pageSize = Math.ceil(pageSize / 2)) {
    const response = share(await ask(pageSize));
    if (pageSize === 1 || encode(desc, response).byteLength <= maxPageBytes) return response;
  }
}

const maxPageBytes = 4 * 1024 * 1024;
