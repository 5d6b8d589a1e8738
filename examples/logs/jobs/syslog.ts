/** A line as it came in. */
export interface Line {
  /** From 1, without a gap: what is missing further on was dropped. */
  readonly number: number;
  readonly timeMs: number;
  readonly text: string;
}

/** A line as it is stored. */
export interface Entry {
  readonly number: number;
  /** When it came in. */
  readonly time: string;
  readonly severity?: string;
  readonly host?: string;
  readonly app?: string;
  readonly text: string;
}

const severities = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];

/** `<134>1 2026-11-28T05:00:00Z shop checkout 42 - - paid`: RFC 5424. */
const modern = /^<(\d{1,3})>1 \S+ (\S+) (\S+) \S+ \S+ (?:-|(?:\[(?:[^\]\\]|\\.)*\])+) ?(.*)$/s;

/** `<134>Nov 28 05:00:00 shop checkout[42]: paid`: RFC 3164. */
const old = /^<(\d{1,3})>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (\S+) ([^\s:[]+)[^\s:]*: ?(.*)$/s;

/** What a line says. One that is no syslog is kept as it is. */
export function entryOf({ number, timeMs, text }: Line): Entry {
  const time = new Date(timeMs).toISOString();
  const [, priority, host, app, message] = modern.exec(text) ?? old.exec(text) ?? [];
  const severity = severities[Number(priority) % 8];
  if (severity === undefined || host === undefined || app === undefined || message === undefined)
    return { number, time, text };
  return { number, time, severity, host, app, text: message };
}
