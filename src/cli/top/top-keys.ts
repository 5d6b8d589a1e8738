import type { Mode, TopModel } from "./top-model.ts";

/** A key as `node:readline` tells of it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** What only others can do. */
export type Wish = "quit" | "interrupt" | "suspend" | "stop" | "pause" | "none";

/** What a key does: it changes what is looked at, and tells what else is wished. `page` is how many lines a page has. */
export function pressed(model: TopModel, key: Key, page: number): Wish {
  if (key.ctrl && key.name === "c") return "interrupt";
  if (key.ctrl && key.name === "z") return "suspend";
  if (moved(model, key, page)) return "none";
  switch (model.mode.kind) {
    case "confirm":
      return answered(model, key);
    case "filter":
      return written(model, key);
    case "look":
      return looked(model, key, page);
  }
}

/** The arrows work in every mode but that of a question. */
function moved(model: TopModel, { name = "" }: Key, page: number): boolean {
  const lines = { up: -1, down: 1, pageup: -page, pagedown: page }[name];
  if (lines === undefined || model.mode.kind === "confirm") return false;
  model.move(lines);
  return true;
}

/** `mode` keeps its job while the answer is carried out. */
function answered(model: TopModel, { name }: Key): Wish {
  if (name === "y") return "stop";
  model.mode = look;
  model.notice = "Not stopped";
  return "none";
}

function written(model: TopModel, { name, sequence = "", ctrl = false, meta = false }: Key): Wish {
  if (name === "return" || name === "enter") model.mode = look;
  else if (name === "escape") {
    model.filter = "";
    model.mode = look;
  } else if (name === "backspace") model.filter = model.filter.slice(0, -1);
  else if (!ctrl && !meta && /^[\u0021-\u007e]$/.test(sequence)) model.filter += sequence;
  return "none";
}

function looked(model: TopModel, { name, sequence }: Key, page: number): Wish {
  const { selected } = model;
  model.notice = "";
  switch (sequence) {
    case "q":
      return "quit";
    case "j":
      model.move(1);
      return "none";
    case "k":
      model.move(-1);
      return "none";
    case "g":
      model.move(Number.NEGATIVE_INFINITY);
      return "none";
    case "G":
      model.move(Number.POSITIVE_INFINITY);
      return "none";
    case " ":
      model.move(page);
      return "none";
    case "/":
      model.mode = { kind: "filter" };
      return "none";
    case "s":
      if (selected !== undefined) model.mode = { kind: "confirm", jobId: selected.jobId };
      return "none";
    case "p":
      return selected === undefined ? "none" : "pause";
  }
  if (name === "home") model.move(Number.NEGATIVE_INFINITY);
  if (name === "end") model.move(Number.POSITIVE_INFINITY);
  if (name === "escape") model.filter = "";
  return "none";
}

const look: Mode = { kind: "look" };
