import { type ServerInterceptingCall, type ServerInterceptor, status as Status } from "@grpc/grpc-js";

/**
 * Some of what a caller can do wrong is found by grpc-js before a service hears of the call, and it calls that
 * INTERNAL. This makes it INVALID_ARGUMENT: INTERNAL is for faults of ours alone.
 */
export const blameTheCaller: ServerInterceptor = (_method, call) => {
  const sendStatus = call.sendStatus.bind(call);
  call.sendStatus = (status) => {
    const isTheirs = status.code === Status.INTERNAL && callerFault.test(status.details ?? "");
    sendStatus(isTheirs ? { ...status, code: Status.INVALID_ARGUMENT } : status);
  };
  // An interceptor may return what it was given; only its declared type is narrower.
  return call as ServerInterceptingCall;
};

const callerFault = /^(Invalid grpc-timeout|Failed to decompress message)/;
