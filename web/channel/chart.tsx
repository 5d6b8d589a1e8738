import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { look } from "../parts/theme.tsx";
import type { Tone } from "../words/states.ts";
import { clockTime } from "../words/time.ts";
import { type Column, reachSeconds, type Sample } from "./samples.ts";

/** One line of a chart. Lines differ by their dashes as well as by their colours. */
export interface Line {
  readonly column: Column;
  readonly name: string;
  readonly tone: Tone;
  /** Default: none */
  readonly dash?: readonly number[];
}

export interface ChartProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly inUnit: (value: number) => string;
  /** Nothing lies between two whole numbers. */
  readonly isCount: boolean;
  readonly samples: readonly Sample[];
}

/** A chart that runs: the figures beside its title are those of now, or of where the reader points. */
export function Chart({ title, lines, inUnit, isCount, samples }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const pointed = useSignal<number | undefined>(undefined);
  const theme = look.value;
  useEffect(() => {
    if (box.current === null) return;
    const made = createPlot(box.current, { lines, inUnit, isCount, onPoint });
    plot.current = made;
    const resized = new ResizeObserver(([entry]) => {
      if (entry) made.setSize({ width: Math.floor(entry.contentRect.width), height: plotHeight });
    });
    resized.observe(box.current);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, [theme]);
  useEffect(() => plot.current?.setData(tableOf(samples, lines)), [samples, theme]);
  const told = samples[pointed.value ?? samples.length - 1] ?? samples.at(-1);
  return (
    <section class="card chart" aria-label={title}>
      <h2>{title}</h2>
      <ul class="legend">
        {lines.map(({ column, name, tone, dash }) => {
          const value = told?.[column];
          return typeof value === "number" ? (
            <li key={name} class={`tone-${tone}`}>
              <svg viewBox="0 0 18 4" width="18" height="4" aria-hidden="true">
                <path d="M0 2h18" stroke="currentColor" stroke-width="2" stroke-dasharray={dash?.join(" ")} />
              </svg>
              <span>{name}</span> <b>{inUnit(value)}</b>
            </li>
          ) : null;
        })}
      </ul>
      <div ref={box} class="plot" aria-hidden="true" />
    </section>
  );

  function onPoint(index: number | null | undefined): void {
    pointed.value = index ?? undefined;
  }
}

interface PlotOptions extends Pick<ChartProps, "lines" | "inUnit" | "isCount"> {
  readonly onPoint: (index: number | null | undefined) => void;
}

function createPlot(box: HTMLElement, { lines, inUnit, isCount, onPoint }: PlotOptions): UPlot {
  const label = (tick: number) => (isCount && !Number.isInteger(tick) ? "" : inUnit(tick));
  const colour = (name: string) => resolvedColour(box, `--plot-${name}`);
  const axis = {
    stroke: colour("text"),
    font: `11px ${getComputedStyle(box).fontFamily}`,
    ticks: { show: false },
  };
  const grid = { stroke: colour("grid"), width: 1 };
  return new UPlot(
    {
      width: Math.max(100, box.clientWidth),
      height: plotHeight,
      legend: { show: false },
      cursor: { sync: { key: "channel" }, drag: { x: false, y: false }, points: { size: 5 } },
      scales: {
        x: { time: true, range: (_plot, min, max) => [max - within(max - min), max] },
        y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 22,
          gap: 2,
          space: 70,
          values: (_plot, ticks) => ticks.map(clock),
        },
        { ...axis, grid, size: 54, gap: 4, space: 32, values: (_plot, ticks) => ticks.map(label) },
      ],
      series: [
        {},
        ...lines.map(({ tone, dash, name }) => ({
          label: name,
          stroke: colour(tone),
          width: 1.5,
          points: { show: false },
          ...(dash ? { dash: [...dash] } : { fill: colour("fill") }),
        })),
      ],
      hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx)] },
    },
    [[], ...lines.map(() => [])],
    box,
  );
}

/** A chart that has just begun is not all but empty. */
function within(seconds: number): number {
  return Math.min(reachSeconds, Math.max(60, seconds));
}

function clock(seconds: number): string {
  return clockTime(seconds * 1000, seconds * 1000);
}

/** As a canvas takes it: in the page's own colours there are functions that only style sheets know. */
function resolvedColour(box: HTMLElement, variable: string): string {
  const probe = box.appendChild(document.createElement("span"));
  probe.style.color = `var(${variable})`;
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function tableOf(samples: readonly Sample[], lines: readonly Line[]): UPlot.AlignedData {
  return [
    samples.map(({ time }) => time),
    ...lines.map(({ column }) => samples.map((sample) => sample[column])),
  ];
}

const plotHeight = 150;
