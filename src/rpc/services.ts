import type { ServiceImplSpec } from "@connectrpc/connect";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { AdminControl } from "../control/admin-control.ts";
import type { JobControl } from "../control/job-control.ts";
import { createAdminService } from "./admin-service.ts";
import type { ServiceOptions } from "./answering.ts";
import { createHealthService } from "./health-service.ts";
import { createJobControlService } from "./job-control-service.ts";
import { createReflectionServices } from "./reflection-service.ts";
import { implement } from "./service-spec.ts";
import { ServingStatus } from "./serving-status.ts";

/** Every service of the server, in the form that each door takes. */
export function createServices(
  { control, admin, serving }: Backends,
  options: ServiceOptions = {},
): readonly ServiceImplSpec[] {
  const services = [
    implement(JobControlService, createJobControlService(control, options)),
    implement(AdminService, createAdminService(admin, options)),
    implement(Health, createHealthService(serving)),
  ];
  return [...services, ...createReflectionServices(services.map(({ service }) => service))];
}

export interface Backends {
  readonly control: JobControl;
  readonly admin: AdminControl;
  readonly serving: ServingStatus;
}

/** The status that health checks of this server report. It does not serve yet. */
export function createServingStatus(): ServingStatus {
  return new ServingStatus([JobControlService.typeName, AdminService.typeName]);
}
