/** True for a `host:port` that leads nowhere but to this machine. */
export function isThisMachine(address: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(`http://${address}`).hostname);
}
