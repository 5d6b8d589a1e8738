import {
  type ListJobsResponse,
  ListJobsResponseSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobControl, ListRequest } from "../control/job-control.ts";
import { toListJobsResponse } from "./reply-codec.ts";
import { encode, share } from "./shared-messages.ts";

/** A page of jobs. It is shorter than was asked where it would be larger than what clients receive: 4 MiB. */
export function listJobs(control: JobControl, request: ListRequest): ListJobsResponse {
  let { pageSize } = request;
  while (true) {
    const response = share(toListJobsResponse(control.list({ ...request, pageSize })));
    if (pageSize === 1 || encode(ListJobsResponseSchema, response).byteLength <= maxPageBytes)
      return response;
    pageSize = Math.ceil(pageSize / 2);
  }
}

const maxPageBytes = 4 * 1024 * 1024;
