import type { PeerCertificate } from "node:tls";

/**
 * What a client's certificate calls its owner: `CN=…` of its subject where there is exactly one, and `DNS:…`, `URI:…` and
 * `email:…` of its alternative names. None where there is no certificate.
 */
export function certificateNames(certificate: Partial<PeerCertificate> | undefined): readonly string[] {
  const { subject, subjectaltname = "" } = certificate ?? {};
  const common: unknown = subject?.CN;
  return [...(typeof common === "string" ? [`CN=${common}`] : []), ...alternativeNames(subjectaltname)];
}

/**
 * From one entry to the next, as what stands in quotes can look like another entry. Where it is not understood to its end
 * there are none.
 */
function alternativeNames(text: string): readonly string[] {
  const names: string[] = [];
  const entry = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;
  while (entry.lastIndex < text.length) {
    const [, kind = "", value = ""] = entry.exec(text) ?? [];
    if (kind === "") return [];
    if (kinds.has(kind)) names.push(`${kind}:${value.startsWith('"') ? JSON.parse(value) : value}`);
  }
  return names;
}

const kinds: ReadonlySet<string> = new Set(["DNS", "URI", "email"]);
