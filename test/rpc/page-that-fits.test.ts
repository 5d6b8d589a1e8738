import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  type ListRunsResponse,
  ListRunsResponseSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { pageThatFits } from "../../src/rpc/page-that-fits.ts";

/** A page of as many runs as are asked for, each so many bytes long, and its own token. */
function runsOf(length: number): (pageSize: number) => ListRunsResponse {
  return (pageSize) =>
    create(ListRunsResponseSchema, {
      runs: Array.from({ length: pageSize }, () => ({ runId: "x".repeat(length) })),
      nextPageToken: `after ${pageSize}`,
    });
}

describe("pageThatFits()", () => {
  it("gives the page as it was asked for", async () => {
    const { runs } = await pageThatFits(ListRunsResponseSchema, 1000, runsOf(10));
    expect(runs).toHaveLength(1000);
  });

  it("gives a shorter page where clients could not receive it, and its own token", async () => {
    const response = await pageThatFits(ListRunsResponseSchema, 1000, runsOf(10_000));
    expect(toBinary(ListRunsResponseSchema, response).byteLength).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(response.runs).toHaveLength(250);
    expect(response.nextPageToken).toBe("after 250");
  });

  it("gives one item, however large", async () => {
    const { runs } = await pageThatFits(ListRunsResponseSchema, 3, runsOf(5_000_000));
    expect(runs).toHaveLength(1);
  });
});
