import type { DescMethod } from "@bufbuild/protobuf";
import type { ConnectError } from "@connectrpc/connect";
import { type AccessReason, permissionDenied, tooManyRequests, unauthenticated } from "./errors.ts";
import { type Caller, type DeclaredIdentity, Identities } from "./identities.ts";
import { covers, neededRole, type Role } from "./roles.ts";

/**
 * Who may ask for what: the one place where it is decided, for every door. A door brings what it was shown, asks before
 * it reads any further, and tells the services who it is that calls. What it was shown goes no further than here.
 */
export class Access {
  readonly #options: AccessOptions;
  #identities = new Identities([]);

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  /** From now on these may call and no others. The streams of those that may no more are ended. */
  update(declared: readonly DeclaredIdentity[]): void {
    const earlier = this.#identities;
    this.#identities = new Identities(declared, earlier);
    earlier.revoke(this.#identities);
  }

  /** Who calls the method; undefined where nobody has to say so. Throws as `admit` does. */
  admitCall(method: DescMethod, shown: Credentials): Caller | undefined {
    const needed = neededRole(method);
    if (needed === undefined) return undefined;
    const { parent, name } = method;
    return this.admit(needed, { shown, what: () => `${parent.typeName}/${name}` });
  }

  /**
   * Who asks for what needs this role; undefined where no authentication is demanded.
   * Throws UNAUTHENTICATED, PERMISSION_DENIED or TOO_MANY_REQUESTS.
   */
  admit(needed: Role, asked: Asked): Caller | undefined {
    const { isAuthenticated, admission, onRefused } = this.#options;
    const { shown, what } = asked;
    const caller = isAuthenticated ? this.#callerOf(shown) : undefined;
    const refuse = (error: ConnectError, reason: Refused["reason"]): never => {
      onRefused({ reason, what: what(), address: shown.address, name: caller?.name });
      throw error;
    };
    const waitMs = admission?.(caller === undefined ? { address: hostOf(shown.address) } : caller) ?? 0;
    if (waitMs > 0) return refuse(tooManyRequests(waitMs), "TOO_MANY_REQUESTS");
    if (!isAuthenticated) return undefined;
    if (caller === undefined) return refuse(unauthenticated(), "UNAUTHENTICATED");
    const { role } = caller;
    return covers(role, needed)
      ? caller
      : refuse(permissionDenied({ role, needs: needed }), "PERMISSION_DENIED");
  }

  /** A token that is shown has to be right, whatever the certificate says. */
  #callerOf({ authorization, certificateNames }: Credentials): Caller | undefined {
    if (authorization === undefined) return this.#identities.ofCertificate(certificateNames);
    const [, token] = bearer.exec(authorization) ?? [];
    return token === undefined ? undefined : this.#identities.ofToken(token);
  }
}

export interface AccessOptions {
  /** False: everybody may do everything. */
  readonly isAuthenticated: boolean;
  /** Takes one request of a client in; returns 0, or in how many milliseconds it can come again. Default: all are taken in */
  readonly admission?: ((client: Client) => number) | undefined;
  readonly onRefused: (refused: Refused) => void;
}

/** Whose requests are counted together: an identity's, or where there is none those of an address. */
export type Client = { readonly name: string } | { readonly address: string };

/** What a caller has shown of itself, as a door has it. Each is read when it is needed. */
export interface Credentials {
  /** The header of this name, with all that came under it: two of them are one that is wrong. */
  readonly authorization: string | undefined;
  /** What its certificate calls it, where it has shown one, and that was verified. */
  readonly certificateNames: readonly string[];
  /** With its port. */
  readonly address: string;
}

export interface Asked {
  readonly shown: Credentials;
  /** For the log. */
  readonly what: () => string;
}

export interface Refused {
  readonly reason: AccessReason;
  readonly what: string;
  readonly address: string;
  readonly name: string | undefined;
}

/** RFC 6750: what a token is made of, and how it is said. */
const bearer = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

function hostOf(address: string): string {
  return address.replace(/:\d+$/, "");
}
