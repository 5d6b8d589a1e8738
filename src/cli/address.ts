import { CliError, exitCode } from "./exit-code.ts";

/** True for `127.0.0.1:50051`, `jobs.example.com:443` or `[::1]:50051`. */
export function isAddress(text: string): boolean {
  return /^(\[[^\]]+\]|[^:/\s]+):\d{1,5}$/.test(text) && URL.canParse(`http://${text}`);
}

export function checkedAddress(address: string): string {
  if (isAddress(address)) return address;
  throw new CliError(exitCode.usage, `Not an address of the form host:port: ${address}`);
}
