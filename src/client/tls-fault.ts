/**
 * True where the two sides did not come to terms about TLS: a certificate that is not trusted or has another name, one that is
 * asked for, or a side that speaks plain text. The next try would end the same.
 */
export function isTlsFault(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if ("code" in error && tlsFaults.test(String(error.code))) return true;
    if (inadequateSecurity.test(error.message)) return true;
  }
  return false;
}

const tlsFaults =
  /^(ERR_SSL_|ERR_TLS_|EPROTO$|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|ERROR_IN_CERT)/;

/** What Node makes of HTTP/2's INADEQUATE_SECURITY, with which a port of TLS answers plain text. */
const inadequateSecurity = /^Session closed with error code 12$/;
