import { resolve } from "node:path";
import * as v from "valibot";
import type { TlsConfiguration } from "./configuration.ts";
import { text } from "./count-and-text.ts";
import { oneOf, section, value, wholeCheck } from "./expectation.ts";

/** What a configuration may say of TLS. Whether the files hold what they should is seen where they are read. */

/** In YAML it is a number without its quotes. */
const versions = ["1.2", "1.3", 1.2, 1.3] as const;

type Version = (typeof versions)[number];

const tlsSection = v.pipe(
  section({
    cert: text,
    key: text,
    clientCa: v.optional(text),
    clientCert: v.optional(oneOf("optional", "required"), "optional"),
    minVersion: v.optional(value("1.2 or 1.3", isVersion, { enum: versions }), "1.2"),
  }),
  wholeCheck(({ clientCa, clientCert }) =>
    clientCert === "required" && clientCa === undefined
      ? [{ field: "clientCert", problem: "needs clientCa, which says whose certificates count" }]
      : [],
  ),
);

const terminated = value(
  "terminated, or an object with cert, key, clientCa, clientCert, minVersion",
  (input): input is "terminated" => input === "terminated",
  { const: "terminated" },
);

export const tlsSchema = v.lazy((input) => (typeof input === "object" ? tlsSection : terminated));

function isVersion(input: unknown): input is Version {
  return versions.some((version) => version === input);
}

/** With the paths of its files, of which relative ones are taken from the folder. */
export function tlsOf(
  tls: v.InferOutput<typeof tlsSchema> | undefined,
  folder: string,
): TlsConfiguration | undefined {
  if (tls === undefined || tls === "terminated") return tls;
  const { cert, key, clientCa, clientCert, minVersion } = tls;
  return {
    cert: resolve(folder, cert),
    key: resolve(folder, key),
    clientCa: clientCa === undefined ? undefined : resolve(folder, clientCa),
    isClientCertRequired: clientCert === "required",
    minVersion: String(minVersion) === "1.3" ? "TLSv1.3" : "TLSv1.2",
  };
}
