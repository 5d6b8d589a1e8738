import type { DescFile } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { file_jobcontrol_v1_admin_service } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { file_jobcontrol_v1_job_control_service } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import published from "./contract.json" with { type: "json" };
import { type Contract, describeContract } from "./describe-contract.ts";

const current = describeContract(
  withImports([file_jobcontrol_v1_job_control_service, file_jobcontrol_v1_admin_service]),
);

// contract.json is what clients were given. It is never edited to make a test pass; what is added to the protos may
// be added to it.
describe("jobcontrol.v1", () => {
  it.each(Object.entries<Contract[string]>(published))("keeps %s as it was published", (name, members) => {
    expect(current).toHaveProperty([name]);
    expect(current[name]).toMatchObject(members);
  });
});

/** The files of the package that `files` import, directly or not, and `files` themselves. */
function withImports(files: readonly DescFile[]): DescFile[] {
  const all = new Set<DescFile>();
  const add = (file: DescFile): void => {
    if (file.proto.package !== "jobcontrol.v1" || all.has(file)) return;
    all.add(file);
    file.dependencies.forEach(add);
  };
  files.forEach(add);
  return [...all];
}
