import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ChannelStatsSchema } from "../../../gen/jobcontrol/v1/channel_stats_pb.ts";
import {
  WatchStatusResponse_Kind as Kind,
  WatchStatusResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, JobStatusSchema } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { widthOf } from "../../../src/cli/output/width.ts";
import { TopModel } from "../../../src/cli/top/top-model.ts";
import { topRows } from "../../../src/cli/top/top-view.ts";

const place = "127.0.0.1:50051 (context production)";

function rows(model: TopModel, columns: number, rows: number): string[] {
  return topRows(model, { columns, rows, place, time: "12:00:01" });
}

function modelOf(count: number): TopModel {
  const model = new TopModel();
  for (let number = 0; number < count; number++) {
    const status = create(JobStatusSchema, {
      jobId: `job-${String(number).padStart(4, "0")}`,
      state: JobState.RUNNING,
      executionCount: 12_345n,
      currentRun: { progress: { current: 1, total: 4, unit: "日本語", message: "🚀 \u001b[31mred" } },
    });
    model.hear(create(WatchStatusResponseSchema, { kind: Kind.SNAPSHOT, status }));
  }
  model.stats = create(ChannelStatsSchema, { lanes: [{ priority: 1, capacity: 100, depth: 90 }], burst: 5 });
  return model;
}

describe("topRows()", () => {
  it.each([
    [80, 24],
    [200, 60],
    [40, 10],
    [20, 5],
    [7, 3],
    [1, 1],
  ])("fits into %i columns and %i rows, whatever jobs say", (columns, count) => {
    for (const model of [modelOf(0), modelOf(3), modelOf(500)]) {
      const shown = rows(model, columns, count);
      expect(shown).toHaveLength(count);
      for (const text of shown) {
        expect(widthOf(text)).toBeLessThanOrEqual(columns);
        expect(text).not.toContain("\u001b");
      }
    }
  });

  it("always shows the job that is selected", () => {
    const model = modelOf(100);
    for (const lines of [0, 13, 1, 85, -50, 51]) {
      model.move(lines);
      const marked = rows(model, 80, 24).filter((text) => text.startsWith(">"));
      expect(marked).toHaveLength(1);
      expect(marked[0]).toContain(model.selected?.jobId);
    }
  });

  it("draws how far a job is, where there is room for it", () => {
    const model = modelOf(1);
    expect(rows(model, 80, 24).at(6)).toMatch(
      /^> job-0000 {2}running {5}12345 {2}████░{12} {2}25 % 1\/4 日本語/,
    );
    expect(rows(model, 50, 24).at(6)).toMatch(/^> job-0000 {2}running {5}12345 {2}25 % 1\/4 日本/);
  });

  it("says where no job is shown, and why", () => {
    expect(rows(new TopModel(), 80, 24).join("\n")).toContain("No jobs");
    const model = modelOf(2);
    model.filter = "nope";
    expect(rows(model, 80, 24).join("\n")).toContain("No job whose id, type or state has: nope");
  });
});
