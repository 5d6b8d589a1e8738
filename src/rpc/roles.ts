import type { DescMethod } from "@bufbuild/protobuf";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as AlphaReflection } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";

/** What a caller may do, the least first: each may do what those before it may. */
export const roles = ["metrics", "read", "operate", "admin"] as const;

export type Role = (typeof roles)[number];

/** Whether who has `role` may do what needs `needed`. */
export function covers(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** The least role that may call a method; undefined where everybody may. A method that has no row is for admins. */
export function neededRole(method: DescMethod): Role | undefined {
  const needed = table.get(method) ?? "admin";
  return needed === "none" ? undefined : needed;
}

const jobs = JobControlService.method;
const admin = AdminService.method;

const table: ReadonlyMap<DescMethod, Role | "none"> = new Map<DescMethod, Role | "none">([
  [jobs.start, "operate"],
  [jobs.stop, "operate"],
  [jobs.pause, "operate"],
  [jobs.resume, "operate"],
  [jobs.trigger, "operate"],
  [jobs.getStatus, "read"],
  [jobs.listJobs, "read"],
  [jobs.getCommand, "read"],
  [jobs.listRuns, "read"],
  [jobs.watchStatus, "read"],
  [jobs.watchOutput, "read"],
  [admin.getChannelStats, "read"],
  [admin.watchChannelStats, "read"],
  [admin.updateLimits, "admin"],
  [admin.drain, "admin"],
  [ServerReflection.method.serverReflectionInfo, "read"],
  [AlphaReflection.method.serverReflectionInfo, "read"],
  [Health.method.check, "none"],
  [Health.method.list, "none"],
  [Health.method.watch, "none"],
]);
