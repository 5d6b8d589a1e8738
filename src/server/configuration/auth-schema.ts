import { resolve } from "node:path";
import * as v from "valibot";
import { roles } from "../../rpc/roles.ts";
import { isDigest, noToken, tokenDigests } from "../secrets/token-digests.ts";
import type { AuthConfiguration, TokenConfiguration } from "./configuration.ts";
import type { ConfigurationError } from "./configuration-error.ts";
import { text } from "./count-and-text.ts";
import { everyStep } from "./every-step.ts";
import {
  type EditorSchema,
  found,
  notes,
  oneOf,
  section,
  value,
  type Wrong,
  wholeCheck,
} from "./expectation.ts";

/** What a configuration may say of those who may call. No message shows what may be a token. */

const name = matching(
  /^[A-Za-z0-9][\w.:@/-]{0,127}$/,
  "a name of at most 128 letters, digits and ._:@/-, a letter or digit first",
);
const role = oneOf(...roles);

const sources = ["sha256", "file", "env"] as const;

const token = v.pipe(
  section({
    name,
    role,
    sha256: v.optional(unshown(isDigest, "the SHA-256 of a token, in 64 hexadecimal digits")),
    file: v.optional(text),
    env: v.optional(unshown(isVariable, "the name of an environment variable")),
  }),
  wholeCheck((checked) => {
    const given = sources.filter((source) => checked[source] !== undefined);
    if (given.length === 1) return [];
    const there = given.length === 0 ? "none" : given.join(" and ");
    return [{ field: "", problem: `expected exactly one of ${sources.join(", ")}, found ${there}` }];
  }),
  notes({ exactlyOne: sources }),
);

const certificate = section({
  name,
  role,
  match: matching(
    /^(?:CN=|DNS:|URI:|email:)./,
    "a name that certificates have, such as CN=deployer, DNS:a.example, URI:spiffe://example/a or email:a@b.example",
  ),
});

export const authSchema = v.pipe(
  section({
    tokens: v.optional(listOf("tokens", token), []),
    certificates: v.optional(listOf("certificates", certificate), []),
  }),
  wholeCheck(({ tokens, certificates }) =>
    tokens.length + certificates.length === 0
      ? [{ field: "", problem: "expected tokens or certificates, found neither" }]
      : [],
  ),
);

function listOf<Schema extends v.GenericSchema>(what: string, schema: Schema) {
  return v.array(schema, ({ input }) => `expected a list of ${what}, found ${found(input)}`);
}

function matching(pattern: RegExp, expected: string) {
  const isMatch = (input: unknown): input is string => typeof input === "string" && pattern.test(input);
  return value(expected, isMatch, { type: "string", pattern: pattern.source });
}

/** What was found is not shown: somebody may have put the token there. */
function unshown(check: (input: unknown) => input is string, expected: string) {
  const editor: EditorSchema = { type: "string" };
  return v.pipe(v.custom<string>(check, `expected ${expected}`), notes({ expected, editor }));
}

function isVariable(input: unknown): input is string {
  return typeof input === "string" && /^[A-Za-z_]\w*$/.test(input);
}

export interface AuthSurroundings {
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether certificates of clients are verified at all. */
  readonly hasClientCa: boolean;
  readonly onWrong: (wrong: Wrong) => ConfigurationError;
}

/** Those who may call; tokens of the environment are read, and those of files left to be. */
export async function authOf(
  auth: v.InferOutput<typeof authSchema> | undefined,
  surroundings: AuthSurroundings,
): Promise<AuthConfiguration | undefined> {
  if (auth === undefined) return undefined;
  const { certificates } = auth;
  if (certificates.length > 0 && !surroundings.hasClientCa) {
    const problem = "needs tls.clientCa, by which they are verified";
    throw surroundings.onWrong({ field: "auth.certificates", problem });
  }
  const tokens = await everyStep(
    auth.tokens.map((each, index) => () => tokenOf(each, `auth.tokens[${index}]`, surroundings)),
  );
  return { tokens, certificates };
}

function tokenOf(
  { name, role, sha256, file, env = "" }: v.InferOutput<typeof token>,
  field: string,
  { folder, env: environment, onWrong }: AuthSurroundings,
): TokenConfiguration {
  if (sha256 !== undefined) return { name, role, sha256: [sha256.toLowerCase()] };
  if (file !== undefined) return { name, role, file: resolve(folder, file) };
  const { [env]: said = "" } = environment;
  const wrong = (problem: string) => onWrong({ field: `${field}.env`, problem });
  // Nor is its name shown, for the same reason.
  if (said === "") throw wrong("expected a variable that is set");
  const digests = tokenDigests(said);
  if ("problem" in digests) throw wrong(digests.problem);
  if (digests.sha256.length === 0) throw wrong(noToken);
  return { name, role, sha256: digests.sha256 };
}
