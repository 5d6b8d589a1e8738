import type { TypedSchedule } from "./schedule-input.ts";

interface Props {
  readonly typed: { value: TypedSchedule };
  readonly problem: string | undefined;
}

export function ScheduleFields({ typed, problem }: Props) {
  const { kind, text, timeZone } = typed.value;
  const set = (change: Partial<TypedSchedule>) => {
    typed.value = { ...typed.value, ...change };
  };
  return (
    <>
      <div class="pair">
        <label class="field">
          <span>Schedule</span>
          <select
            value={kind}
            onChange={({ currentTarget }) =>
              set({ kind: currentTarget.value as TypedSchedule["kind"], text: "" })
            }
          >
            <option value="own">as its type has it</option>
            <option value="interval">every so many seconds</option>
            <option value="cron">by a cron expression</option>
          </select>
        </label>
        {kind !== "own" && (
          <label class="field">
            <span>{kind === "cron" ? "Expression" : "Seconds"}</span>
            <input
              type="text"
              value={text}
              placeholder={kind === "cron" ? "0 2 * * *" : "60"}
              aria-invalid={problem !== undefined}
              onInput={({ currentTarget }) => set({ text: currentTarget.value })}
            />
          </label>
        )}
        {kind === "cron" && (
          <label class="field">
            <span>Time zone</span>
            <input
              type="text"
              value={timeZone}
              placeholder="UTC"
              onInput={({ currentTarget }) => set({ timeZone: currentTarget.value })}
            />
          </label>
        )}
      </div>
      {problem === undefined ? null : <p class="problem">{problem}</p>}
    </>
  );
}
