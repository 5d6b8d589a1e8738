"""A client that nobody here wrote: grpcio with stubs that protoc made. Prints what it saw, as JSON.

    python_client.py ADDRESS story
    python_client.py ADDRESS errors JOB_ID...
"""

import json
import sys

import grpc
from google.rpc import error_details_pb2, status_pb2
from jobcontrol.v1 import command_pb2, job_control_service_pb2 as pb, job_control_service_pb2_grpc, job_pb2

JOB = "counter"
TIMEOUT_S = 10


def story(jobs):
    """Start, watch, progress, stop, and a watch that is taken up again where it was cut."""
    order = pb.StartRequest(job_id=JOB, request_id="python-1", labels={"by": "python"})
    started = jobs.Start(order, timeout=TIMEOUT_S)
    again = jobs.Start(order, timeout=TIMEOUT_S)
    seen, token = until_counted(jobs)
    stopped = jobs.Stop(pb.StopRequest(job_id=JOB, wait=True, reason="seen enough"), timeout=TIMEOUT_S)
    listed = jobs.ListJobs(pb.ListJobsRequest(label_selector={"by": "python"}), timeout=TIMEOUT_S)
    return {
        "started": started.started,
        "outcome": command_pb2.CommandReceipt.Outcome.Name(started.receipt.outcome),
        "replayed": again.receipt.replayed,
        "seen": seen,
        "stopped": state_of(stopped.status),
        "requestedBy": stopped.status.current_run.stopping.requested_by != "",
        "resumed": list(resumed(jobs, token)),
        "listed": [status.job_id for status in listed.jobs],
    }


def until_counted(jobs):
    """Watches until the job has counted to three, and cuts the stream. Returns what came, and the last token."""
    seen = []
    stream = jobs.WatchStatus(pb.WatchStatusRequest(job_ids=[JOB]), timeout=TIMEOUT_S)
    for message in stream:
        seen.append(brief(message))
        if message.status.current_run.progress.current == 3:
            stream.cancel()
            return seen, message.resume_token
    raise AssertionError("The watch ended early")


def resumed(jobs, token):
    request = pb.WatchStatusRequest(
        job_ids=[JOB],
        resume_token=token,
        delivery=pb.WatchStatusRequest.DELIVERY_EVERY_TRANSITION,
        until=pb.WatchStatusRequest.UNTIL_ALL_SETTLED,
    )
    for message in jobs.WatchStatus(request, timeout=TIMEOUT_S):
        yield brief(message)


def brief(message):
    kind = pb.WatchStatusResponse.Kind.Name(message.kind).removeprefix("KIND_")
    if kind == "CLOSING":
        return f"{kind} {pb.WatchStatusResponse.CloseReason.Name(message.close_reason)}"
    return f"{kind} {state_of(message.status)}" if message.HasField("status") else kind


def state_of(status):
    return job_pb2.JobState.Name(status.state).removeprefix("JOB_STATE_")


def errors(jobs, job_ids):
    """What a read of each job is refused with."""
    return {job_id: refusal(jobs, job_id) for job_id in job_ids}


def refusal(jobs, job_id):
    try:
        jobs.GetStatus(pb.GetStatusRequest(job_id=job_id), timeout=TIMEOUT_S)
    except grpc.RpcError as error:
        metadata = dict(error.trailing_metadata())
        status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
        return {
            "code": error.code().name,
            "message": error.details(),
            "sameStatus": (status.code, status.message) == (error.code().value[0], error.details()),
            "pushbackMs": metadata.get("grpc-retry-pushback-ms"),
            "details": [detail_of(detail) for detail in status.details],
        }
    raise AssertionError(f"Not refused: {job_id}")


def detail_of(detail):
    for message in (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    ):
        if detail.Unpack(message):
            return described(message)
    raise AssertionError(f"Unexpected detail: {detail.type_url}")


def described(message):
    if isinstance(message, error_details_pb2.ErrorInfo):
        return {"reason": message.reason, "domain": message.domain, "metadata": dict(message.metadata)}
    if isinstance(message, error_details_pb2.BadRequest):
        return {"fields": [violation.field for violation in message.field_violations]}
    return {"retryDelayMs": message.retry_delay.ToMilliseconds()}


def main(address, what, *job_ids):
    with grpc.insecure_channel(address) as channel:
        jobs = job_control_service_pb2_grpc.JobControlServiceStub(channel)
        print(json.dumps(story(jobs) if what == "story" else errors(jobs, job_ids)))


main(*sys.argv[1:])
