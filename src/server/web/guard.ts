import type { IncomingMessage } from "node:http";
import { isLoopback } from "../configuration/listen-address.ts";

/**
 * Who may ask. A web page that a browser has loaded from elsewhere can send requests here, and so can one whose own
 * name was made to lead here (DNS rebinding). Neither may: the Host has to be a name of ours, and where the browser
 * tells from which page a request comes, that has to be one of ours too. It looks at a request's head and at nothing else.
 */
export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #isOwnHost: (name: string) => boolean;
  readonly #origins: ReadonlySet<string>;
  /** Most requests come with the same one. */
  #lastHost: { readonly text: string; readonly authority: Authority | undefined } | undefined;

  constructor({ hosts = [], isOwnHost = () => false, origins = [] }: GuardOptions = {}) {
    this.#isOwnHost = isOwnHost;
    this.#hosts = new Set(hosts.map((host) => withoutBrackets(host.toLowerCase())));
    this.#origins = new Set(origins);
  }

  check(request: IncomingMessage): Admitted | Refused {
    const { rawHeaders, url = "" } = request;
    const host = this.#authority(request.headers.host ?? "");
    if (host === undefined || countOf(rawHeaders, "host") > 1) return refused(400, "Bad Request: Host");
    if (!this.#isOurs(host)) return refused(403, "Forbidden: Host");
    const isEncrypted = "encrypted" in request.socket;
    const target = url.startsWith("/") ? { path: url } : this.#absolute(url, isEncrypted);
    if (target === undefined) return refused(400, "Bad Request: target");
    const origin = this.#originOf(request, { host, isEncrypted });
    if (origin === "foreign") return refused(403, "Forbidden: Origin");
    const [path = "", ...query] = target.path.split("?");
    return { isAdmitted: true, path, query: query.join("?"), origin };
  }

  /** As a request to a proxy has it. It is taken where it leads here. */
  #absolute(url: string, isEncrypted: boolean): { readonly path: string } | undefined {
    const [, scheme = "", name = "", path = "/"] = /^(https?):\/\/([^/?#]*)(\/[^#]*)?$/i.exec(url) ?? [];
    if (scheme.toLowerCase() !== (isEncrypted ? "https" : "http")) return undefined;
    const authority = this.#authority(name);
    return authority && this.#isOurs(authority) ? { path } : undefined;
  }

  #authority(text: string): Authority | undefined {
    if (this.#lastHost?.text !== text) this.#lastHost = { text, authority: parseAuthority(text) };
    return this.#lastHost.authority;
  }

  /** The port is not looked at: what listens here may be reached through another, and a name that is ours stays ours. */
  #isOurs({ name }: Authority): boolean {
    return isLoopback(name) || this.#hosts.has(name) || this.#isOwnHost(name);
  }

  /** A listed origin; undefined for one that needs no list: this very page, or no page at all. */
  #originOf({ headers, method }: IncomingMessage, place: Place): string | undefined | "foreign" {
    const { origin } = headers;
    if (origin !== undefined) {
      if (this.#origins.has(origin)) return origin;
      return isSamePlace(origin, place) ? undefined : "foreign";
    }
    const site = headers["sec-fetch-site"];
    if (site !== "cross-site" && site !== "same-site") return undefined;
    // A link to a page of ours may be anywhere.
    const isLink = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
    return isLink && (method === "GET" || method === "HEAD") ? undefined : "foreign";
  }
}

export interface GuardOptions {
  /** Names besides those of loopback, without ports. */
  readonly hosts?: readonly string[];
  /** Whether a name in lower case, or an address without brackets, is one of ours as well. Default: none is */
  readonly isOwnHost?: ((name: string) => boolean) | undefined;
  /** Pages elsewhere that may ask, as browsers write their origin: `https://jobs.example.com`. */
  readonly origins?: readonly string[];
}

export interface Admitted {
  readonly isAdmitted: true;
  /** Begins with a slash, or is the asterisk of OPTIONS. As it came: nothing in it is decoded. */
  readonly path: string;
  /** What follows the question mark. */
  readonly query: string;
  /** Set where the page that asks comes from elsewhere, and may. */
  readonly origin: string | undefined;
}

export interface Refused {
  readonly isAdmitted: false;
  readonly status: 400 | 403;
  readonly reason: string;
}

function refused(status: Refused["status"], reason: string): Refused {
  return { isAdmitted: false, status, reason };
}

interface Authority {
  /** In lower case, and an IPv6 address without brackets. */
  readonly name: string;
  /** The port, or empty where it is HTTP's own. */
  readonly port: string;
}

/** Undefined for what is no host with or without a port. */
function parseAuthority(text: string): Authority | undefined {
  if (!/^(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/.test(text)) return undefined;
  const url = URL.parse(`http://${text}`);
  return url === null ? undefined : { name: nameOf(url), port: url.port };
}

function nameOf({ hostname }: URL): string {
  return withoutBrackets(hostname);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** Where a request came to. */
interface Place {
  readonly host: Authority;
  readonly isEncrypted: boolean;
}

/** Where it came in plain text somebody in front may have decrypted it; where it did not, a page that did is not ours. */
function isSamePlace(origin: string, { host, isEncrypted }: Place): boolean {
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== "https:" && (isEncrypted || url.protocol !== "http:"))) return false;
  return nameOf(url) === host.name && url.port === host.port;
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) count++;
  return count;
}
