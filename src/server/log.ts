import { stripVTControlCharacters } from "node:util";
import { pino } from "pino";

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface LogOptions {
  readonly format: "pretty" | "json";
  readonly write: (line: string) => void;
}

/**
 * The server's log: JSON lines for machines, or short lines for people. It goes to stderr, never to stdout. Whatever is in
 * an entry, it begins no line of its own, and nothing in it is obeyed by a terminal.
 */
export function createLog({ format, write }: LogOptions): Log {
  const shownLine = format === "json" ? (line: string) => line : prettyLine;
  const stream = { write: (line: string) => write(visible(shownLine(line))) };
  return pino(
    { base: null, timestamp: () => `,"time":"${new Date().toISOString()}"`, formatters: { level } },
    stream,
  );
}

/** JSON escapes some of the characters that a terminal obeys; these are the others, and those that turn the direction of writing. */
function visible(line: string): string {
  return line.replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const obeyed = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function level(label: string): { level: string } {
  return { level: label };
}

/** `12:00:00.000 INFO  Message  key=value`; control characters stay escaped. The stack of an error goes on in lines that are indented. */
function prettyLine(json: string): string {
  const { time, level, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${shown(value)}`);
  const clock = String(time).slice(11, 23);
  return `${[clock, String(level).toUpperCase().padEnd(5), escaped(String(msg)), ...pairs].join(" ")}\n`;
}

function shown(value: unknown): string {
  if (typeof value === "string" && /^[\w.:/@-]+$/.test(value)) return value;
  if (isError(value)) return value.stack.split("\n").map(escaped).join("\n    ");
  return JSON.stringify(value);
}

function isError(value: unknown): value is { stack: string } {
  return typeof value === "object" && value !== null && "stack" in value && typeof value.stack === "string";
}

function escaped(text: string): string {
  return JSON.stringify(stripVTControlCharacters(text)).slice(1, -1).replaceAll('\\"', '"');
}
