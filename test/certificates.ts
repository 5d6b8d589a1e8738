import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TemporaryFolder } from "./temporary-folder.ts";

/** Why there are no certificates to test with; empty where there are. */
export const noCertificates = spawnSync("openssl", ["version"]).status === 0 ? "" : ": there is no openssl";

/** A certificate with its key, as files and as texts in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Certificates that a test makes up, in a folder of their own, by Debian's `openssl`. */
export class Certificates implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  /** Who signs the others. */
  readonly authority: Certificate;

  static async create(): Promise<Certificates> {
    return new Certificates(await TemporaryFolder.create());
  }

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.authority = this.#make("authority", ["-addext", "basicConstraints=critical,CA:TRUE"]);
  }

  get folder(): string {
    return this.#folder.path;
  }

  /** One that the authority has signed, for these names: `DNS:localhost`, `IP:127.0.0.1`. */
  signed(name: string, ...names: readonly string[]): Certificate {
    const { certFile, keyFile } = this.authority;
    const extensions = names.length === 0 ? [] : ["-addext", `subjectAltName=${names.join(",")}`];
    return this.#make(name, ["-CA", certFile, "-CAkey", keyFile, ...extensions]);
  }

  /** One that only it itself has signed. */
  selfSigned(name: string, ...names: readonly string[]): Certificate {
    return this.#make(name, ["-addext", `subjectAltName=${names.join(",")}`]);
  }

  /** A file with this text in the same folder. */
  file(name: string, text: string): string {
    const path = join(this.#folder.path, name);
    writeFileSync(path, text);
    return path;
  }

  #make(name: string, args: readonly string[]): Certificate {
    const [certFile, keyFile] = ["pem", "key"].map((end) => join(this.#folder.path, `${name}.${end}`)) as [
      string,
      string,
    ];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyFile];
    const request = ["req", "-x509", "-days", "2", "-subj", `/CN=${name}`, "-out", certFile, ...key, ...args];
    execFileSync("openssl", request, { stdio: ["ignore", "ignore", "pipe"] });
    return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8"), certFile, keyFile };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#folder[Symbol.asyncDispose]();
  }
}
