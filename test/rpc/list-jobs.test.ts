import { toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ListJobsResponseSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobPage, ListRequest } from "../../src/control/job-control.ts";
import { listJobs } from "../../src/rpc/list-jobs.ts";
import { bareStatus, FakeControl } from "./sample.ts";

const request: ListRequest = { pageSize: 1000, pageToken: "", labels: {}, states: [], jobType: "" };

class ManyJobs extends FakeControl {
  readonly messageLength: number;

  constructor(messageLength: number) {
    super();
    this.messageLength = messageLength;
  }

  override list({ pageSize }: ListRequest): JobPage {
    const job = { ...bareStatus, message: "x".repeat(this.messageLength) };
    return { jobs: Array(pageSize).fill(job), nextPageToken: `after ${pageSize}`, resumeToken: "" };
  }
}

describe("listJobs()", () => {
  it("gives the page as it was asked for", () => {
    expect(listJobs(new ManyJobs(10), request).jobs).toHaveLength(1000);
  });

  it("gives a shorter page where clients could not receive it, and its own token", () => {
    const response = listJobs(new ManyJobs(10_000), request);
    expect(toBinary(ListJobsResponseSchema, response).byteLength).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(response.jobs).toHaveLength(250);
    expect(response.nextPageToken).toBe("after 250");
  });

  it("gives one job, however large", () => {
    expect(listJobs(new ManyJobs(5_000_000), { ...request, pageSize: 3 }).jobs).toHaveLength(1);
  });
});
