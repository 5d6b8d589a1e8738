/** How a server is called: what a context of `jobctl` holds. */
export interface Context {
  /** `host:port` */
  readonly address: string;
  /** Set: TLS is spoken. */
  readonly tls?: TlsFiles;
  /** Who calls. */
  readonly token?: string;
  /** True: the token is sent over plain text, too. */
  readonly plainTextToken?: boolean;
}

/** Where what TLS needs is found: absolute paths of PEM files. */
export interface TlsFiles {
  /** The certificates of those that may have signed the server's. Unset: those that the machine trusts. */
  readonly ca?: string;
  /** The caller's own certificate, and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate has to have. Unset: the host of the address. */
  readonly serverName?: string;
}
