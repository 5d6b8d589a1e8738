import { hash, timingSafeEqual } from "node:crypto";
import type { Role } from "./roles.ts";

/** By what a caller shows who it is: a token, of which only the SHA-256 is kept, or a name in its certificate. */
export type Proof =
  | { readonly kind: "token"; readonly sha256: Buffer }
  /** As `certificateNames()` has it: `CN=deployer`, `URI:spiffe://example.com/deployer`. */
  | { readonly kind: "certificate"; readonly match: string };

/** Somebody who may call. */
export interface DeclaredIdentity {
  readonly name: string;
  readonly role: Role;
  readonly proof: Proof;
}

/** Who calls. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
  /** Fires when this is no identity any more. */
  readonly revoked: AbortSignal;
}

/**
 * Those who may call, and how they are told from all others. A token is compared with every one that there is, in a time
 * that tells neither how much of it was right nor which it was.
 */
export class Identities {
  readonly #known: readonly Known[];

  /** Whoever is in `earlier` too is the same caller as before; who was there alone is revoked by `revoke`. */
  constructor(declared: readonly DeclaredIdentity[], earlier?: Identities) {
    this.#known = declared.map((identity) => {
      const before = earlier === undefined ? undefined : earlier.#find(identity);
      return before ?? { ...identity, life: new AbortController() };
    });
  }

  ofToken(token: string): Caller | undefined {
    const sha256 = sha256Of(token);
    let found: Known | undefined;
    for (const each of this.#known) {
      if (each.proof.kind === "token" && timingSafeEqual(each.proof.sha256, sha256)) found = each;
    }
    return found && callerOf(found);
  }

  /** Of the first that is declared for one of these names. */
  ofCertificate(names: readonly string[]): Caller | undefined {
    const found = this.#known.find(
      ({ proof }) => proof.kind === "certificate" && names.includes(proof.match),
    );
    return found && callerOf(found);
  }

  /** Ends those that `later` has not. */
  revoke(later: Identities): void {
    const stay = new Set(later.#known.map(({ life }) => life));
    for (const { life } of this.#known) if (!stay.has(life)) life.abort();
  }

  #find(sought: DeclaredIdentity): Known | undefined {
    return this.#known.find(
      ({ name, role, proof }) => name === sought.name && role === sought.role && isSame(proof, sought.proof),
    );
  }
}

/** What of a token is kept. */
export function sha256Of(token: string): Buffer {
  return hash("sha256", token, "buffer");
}

interface Known extends DeclaredIdentity {
  readonly life: AbortController;
}

function isSame(one: Proof, other: Proof): boolean {
  if (one.kind === "token") return other.kind === "token" && one.sha256.equals(other.sha256);
  return other.kind === "certificate" && one.match === other.match;
}

function callerOf({ name, role, life }: Known): Caller {
  return { name, role, revoked: life.signal };
}
