import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { book } from "../live.ts";
import { StateMark } from "../parts/state-mark.tsx";
import { grouped } from "../words/numbers.ts";
import { plain } from "../words/plain.ts";
import { lookOf, states } from "../words/states.ts";
import type { Order, Selection } from "./filter.ts";

export interface FiltersProps {
  readonly selection: Selection;
  readonly onChange: (to: Partial<Selection>) => void;
  /** The book's, so that the counts are drawn anew with it. */
  readonly version: number;
}

/** Which jobs are shown: a search, and a choice of state, type and labels. */
export function Filters({ selection, onChange }: FiltersProps) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => focusOnSlash(search), []);
  const types = book.types();
  return (
    <search class="filters">
      <input
        ref={search}
        type="search"
        class="search"
        placeholder="Search jobs"
        aria-label="Search jobs"
        aria-keyshortcuts="/"
        value={selection.text}
        onInput={({ currentTarget }) => onChange({ text: currentTarget.value })}
      />
      <select
        aria-label="Type"
        value={selection.type}
        onChange={({ currentTarget }) => onChange({ type: currentTarget.value })}
      >
        <option value="">All types</option>
        {selection.type !== "" && !types.includes(selection.type) && (
          <option value={selection.type}>{plain(selection.type)}</option>
        )}
        {types.slice(0, 500).map((type) => (
          <option key={type} value={type}>
            {plain(type)}
          </option>
        ))}
      </select>
      <LabelFilter selection={selection} onChange={onChange} />
      <select
        class="order"
        aria-label="Order"
        value={selection.order}
        onChange={({ currentTarget }) => onChange({ order: currentTarget.value as Order })}
      >
        <option value="name">By name</option>
        <option value="state">By state</option>
        <option value="next">By next run</option>
        <option value="changed">By last change</option>
      </select>
      <StateFilter selection={selection} onChange={onChange} />
    </search>
  );
}

type PartProps = Pick<FiltersProps, "selection" | "onChange">;

function LabelFilter({ selection: { labels }, onChange }: PartProps) {
  const typed = useSignal("");
  const add = () => {
    const label = typed.value.trim();
    if (label !== "" && !labels.includes(label)) onChange({ labels: [...labels, label] });
    typed.value = "";
  };
  return (
    <>
      <input
        type="text"
        class="label-input"
        list="known-labels"
        placeholder="Label, key=value"
        aria-label="Only jobs with this label"
        value={typed.value}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value;
        }}
        onChange={add}
      />
      <datalist id="known-labels">
        {book
          .labels()
          .slice(0, 100)
          .map((label) => (
            <option key={label} value={label} />
          ))}
      </datalist>
      {labels.map((label) => (
        <button
          key={label}
          type="button"
          class="chip chip-on"
          aria-label={`No longer only label ${label}`}
          onClick={() => onChange({ labels: labels.filter((other) => other !== label) })}
        >
          {plain(label, { maxLength: 60 })} <span aria-hidden="true">×</span>
        </button>
      ))}
    </>
  );
}

function StateFilter({ selection: { states: chosen }, onChange }: PartProps) {
  const shown = states.filter((state) => chosen.includes(state) || book.countOf(state) > 0);
  return (
    <fieldset class="chips">
      <legend class="unseen">States</legend>
      {shown.map((state) => {
        const isOn = chosen.includes(state);
        const without = chosen.filter((other) => other !== state);
        return (
          <button
            key={state}
            type="button"
            class={isOn ? "chip chip-on" : "chip"}
            aria-pressed={isOn}
            data-state={lookOf(state).word}
            onClick={() => onChange({ states: isOn ? without : [...chosen, state] })}
          >
            <StateMark state={state} /> <b>{grouped(book.countOf(state))}</b>
          </button>
        );
      })}
    </fieldset>
  );
}

/** Unless something is being typed already. */
function focusOnSlash(search: { readonly current: HTMLInputElement | null }): () => void {
  const onKey = (event: KeyboardEvent) => {
    const isTyping = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") !== null) return;
    event.preventDefault();
    search.current?.focus();
  };
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}
