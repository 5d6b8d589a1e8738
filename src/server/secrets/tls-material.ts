import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { thrownText } from "../../runner/thrown-text.ts";
import type { TlsFiles } from "../configuration/configuration.ts";

/** What TLS is done with: known to be certificates and a key that fit each other. */
export interface TlsMaterial {
  /** The server's own, and those between it and its authority. In PEM, as are the others. */
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
  readonly minVersion: TlsFiles["minVersion"];
  /** The server's own. */
  readonly certificate: X509Certificate;
}

/** The text of a file, and the error for what is wrong with it. */
interface PemFile {
  readonly text: string;
  readonly wrong: (problem: string) => Error;
}

interface PemFiles {
  readonly cert: PemFile;
  readonly key: PemFile;
  readonly clientCa: PemFile | undefined;
}

/** Checks what the files hold. Throws the error of the file that is wrong. */
export function tlsMaterial(
  { minVersion }: Pick<TlsFiles, "minVersion">,
  { cert, key, clientCa }: PemFiles,
): TlsMaterial {
  const [certificate] = certificatesOf(cert);
  if (clientCa !== undefined) certificatesOf(clientCa);
  if (!certificate.checkPrivateKey(privateKeyOf(key)))
    throw key.wrong("expected the key of the certificate in tls.cert, found that of another");
  try {
    createSecureContext({ cert: cert.text, key: key.text, ca: clientCa?.text, minVersion });
  } catch (error) {
    throw cert.wrong(`cannot be used: ${thrownText(error)}`);
  }
  return {
    cert: cert.text,
    key: key.text,
    clientCa: clientCa?.text,
    minVersion,
    certificate,
  };
}

function certificatesOf({ text, wrong }: PemFile): [X509Certificate, ...X509Certificate[]] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const [first, ...others] = blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw wrong(`certificate ${index + 1} cannot be read: ${thrownText(error)}`);
    }
  });
  if (first === undefined) throw wrong("expected a certificate in PEM, found none");
  return [first, ...others];
}

function privateKeyOf({ text, wrong }: PemFile) {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text))
    throw wrong("expected a private key without a passphrase, found an encrypted one");
  try {
    return createPrivateKey(text);
  } catch {
    // What OpenSSL says of it helps nobody, and the text of the file is to be shown to nobody.
    throw wrong("expected a private key in PEM, found none that can be read");
  }
}
