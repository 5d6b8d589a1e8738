/** A name or an address as it stands in a URL, without a port: `jobs.example.com`, `10.0.0.1`, `[fd00::1]`. */
export function isHostName(text: string): boolean {
  if (!/^(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])$/.test(text)) return false;
  return URL.parse(`http://${text}`)?.hostname === text.toLowerCase();
}

/** An origin as browsers write it: `https://jobs.example.com`, with a port where it is not the scheme's own. */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.parse(text)?.origin === text;
}
