import { pathToFileURL } from "node:url";
import type { Position } from "./positions.ts";

/**
 * Where in a module its import failed, as far as Node tells: the line of TypeScript that cannot be read, or the place
 * in this very file from which something was thrown. Empty for all else.
 */
export function thrownAt(error: unknown, file: string): Partial<Position> {
  if (!(error instanceof Error) || error.stack === undefined) return {};
  const { stack, message } = error;
  const unread = stack.startsWith(`${file}:`) ? /^:(\d+)\n/.exec(stack.slice(file.length)) : null;
  if (unread !== null) return { line: Number(unread[1]) };
  const frames = stack.slice(stack.indexOf(message) + message.length);
  const { href } = pathToFileURL(file);
  const frame = frames.indexOf(`${href}:`);
  const thrown = frame < 0 ? null : /^:(\d+):(\d+)/.exec(frames.slice(frame + href.length));
  return thrown === null ? {} : { line: Number(thrown[1]), column: Number(thrown[2]) };
}
