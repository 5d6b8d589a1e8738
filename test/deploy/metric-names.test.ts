import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { catalogue } from "../../src/server/metrics/catalogue.ts";

/** Every series that a scrape can have, ours and those of the process that are used. */
const series = new Set([
  ...catalogue.flatMap(({ name, type }) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
  "nodejs_eventloop_lag_p99_seconds",
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "up",
]);

function namesIn(expression: string): readonly string[] {
  return expression.match(/\b(?:jobcontrol|nodejs|process)_\w+/g) ?? [];
}

const rules: readonly { alert: string; expr: string }[] = parse(
  readFileSync("deploy/prometheus/alerts.yml", "utf8"),
).groups[0].rules;

const dashboard: { panels: readonly { title: string; targets: readonly { expr: string }[] }[] } = JSON.parse(
  readFileSync("deploy/grafana/jobcontrol.json", "utf8"),
);

describe("the alerts", () => {
  it.each(rules.filter(({ alert }) => alert !== "JobControlDown").map(({ alert, expr }) => [alert, expr]))(
    "%s asks for series that there are",
    (_alert, expr) => {
      expect(namesIn(expr)).not.toEqual([]);
      for (const name of namesIn(expr)) expect(series).toContain(name);
    },
  );

  it("are all tried on series", () => {
    const { tests } = parse(readFileSync("test/deploy/alerts.test.yml", "utf8"));
    const tried: readonly { alertname: string; exp_alerts?: object[] }[] = tests.flatMap(
      ({ alert_rule_test }: { alert_rule_test: object[] }) => alert_rule_test,
    );
    const names = (fires: boolean) =>
      new Set(
        tried.filter(({ exp_alerts }) => (exp_alerts !== undefined) === fires).map((each) => each.alertname),
      );
    const all = new Set(rules.map(({ alert }) => alert));
    expect(names(true)).toEqual(all);
    expect(names(false)).toEqual(all);
  });

  const promtool = spawnSync("promtool", ["--version"]).error === undefined;

  it.skipIf(!promtool)(
    "are rules as Prometheus wants them (promtool; skipped where it is not installed)",
    () => {
      const { status, stdout, stderr } = spawnSync("promtool", [
        "check",
        "rules",
        "deploy/prometheus/alerts.yml",
      ]);
      expect({ status, said: `${stdout}${stderr}` }).toMatchObject({
        status: 0,
        said: expect.stringContaining(`SUCCESS: ${rules.length} rules found`),
      });
    },
  );

  it.skipIf(!promtool)(
    "fire where something is wrong, and not where all is well or not for long enough (promtool; skipped where it is not installed)",
    () => {
      const { status, stdout, stderr } = spawnSync("promtool", [
        "test",
        "rules",
        "test/deploy/alerts.test.yml",
      ]);
      expect({ status, said: `${stdout}${stderr}` }).toMatchObject({ status: 0 });
    },
  );
});

describe("the Grafana dashboard", () => {
  it.each(dashboard.panels.map(({ title, targets }) => [title, targets.map(({ expr }) => expr)]))(
    "%s asks for series that there are",
    (_title, expressions) => {
      const names = expressions.flatMap(namesIn);
      expect(names).not.toEqual([]);
      for (const name of names) expect(series).toContain(name);
    },
  );

  it("shows every metric of the catalogue", () => {
    const shown = dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namesIn(expr)));
    for (const { name } of catalogue) expect(shown.some((each) => each.startsWith(name))).toBe(true);
  });
});
