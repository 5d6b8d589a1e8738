import * as v from "valibot";
import { oneOf, value } from "./expectation.ts";
import { type ListenAddress, parseListenAddress } from "./listen-address.ts";
import { isStoreUrl } from "./store-url.ts";

/** The settings that a flag or an environment variable can say as well as the file. */

export const listenSchema = v.pipe(
  value("HOST:PORT, such as 127.0.0.1:50051 or [::1]:50051", isListenText, {
    type: "string",
    pattern: ":\\d{1,5}$",
  }),
  v.transform(toListenAddress),
);

function isListenText(input: unknown): input is string {
  return typeof input === "string" && parseListenAddress(input) !== undefined;
}

function toListenAddress(text: string): ListenAddress {
  const address = parseListenAddress(text);
  if (address === undefined) throw new TypeError(`Unchecked address: ${text}`);
  return address;
}

export const storeSchema = value(
  "sqlite: and a file, such as sqlite:./jobcontrol.db, or memory:",
  isStoreUrl,
  { type: "string", pattern: "^(memory:|sqlite:.+)$" },
);

export const logSchema = oneOf("pretty", "json");
