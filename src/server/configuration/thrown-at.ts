import { fileURLToPath, pathToFileURL } from "node:url";
import type { Position } from "./positions.ts";

/**
 * Where in a module its import failed, as far as Node tells: the line of TypeScript that cannot be read, or the place
 * in this very file from which something was thrown. Empty for all else.
 */
export function thrownAt(error: unknown, file: string): Partial<Position> {
  if (!(error instanceof Error) || error.stack === undefined) return {};
  const { stack, message } = error;
  const unread = unreadPlace(error);
  if (unread?.file === file) return { line: unread.line };
  const frames = stack.slice(stack.indexOf(message) + message.length);
  const { href } = pathToFileURL(file);
  const frame = frames.indexOf(`${href}:`);
  const thrown = frame < 0 ? null : /^:(\d+):(\d+)/.exec(frames.slice(frame + href.length));
  return thrown === null ? {} : { line: Number(thrown[1]), column: Number(thrown[2]) };
}

/** The end of a sentence about an import of `file`: where a module that it needs itself cannot be read; empty for all else. */
export function unreadElsewhere(error: unknown, file: string): string {
  const unread = unreadPlace(error);
  return unread === undefined || unread.file === file ? "" : `, at ${unread.file}:${unread.line}`;
}

/** Of TypeScript that cannot be read Node tells the place, as a path or a URL, in a line of its own before the rest. */
function unreadPlace(error: unknown): { readonly file: string; readonly line: number } | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const [, place = "", line] = /^(\S.*):(\d+)\n/.exec(error.stack ?? "") ?? [];
  if (line === undefined || !/^(?:\/|file:\/\/)/.test(place)) return undefined;
  return { file: place.startsWith("file:") ? fileURLToPath(place) : place, line: Number(line) };
}
