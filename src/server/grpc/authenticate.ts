import type { DescMethod } from "@bufbuild/protobuf";
import type { Metadata, ServerInterceptingCall, ServerInterceptor } from "@grpc/grpc-js";
import type { Access, Credentials } from "../../rpc/access.ts";
import type { OnBug } from "../../rpc/errors.ts";
import type { Caller } from "../../rpc/identities.ts";
import { neededRole } from "../../rpc/roles.ts";
import { certificateNames } from "../certificate-names.ts";
import { closeStream, cutOff, type InterceptedCall, onceClosed, sessionOf } from "./grpc-js-internals.ts";
import { toGrpcStatus } from "./grpc-status.ts";

/**
 * Looks at who calls when the headers of a call are there, and lets none of its messages be read where it may not: nobody has
 * memory of the server for his messages who has not said who he is.
 */
export function authenticate({ access, methods, onBug, onFounded }: Authentication): ServerInterceptor {
  const openToAll = new Set<InterceptedCall>();
  /**
   * Of what everybody may call no more goes on at a time than the server can bear. The oldest makes room: nobody who holds
   * as many as there may be keeps others from asking whether the server is well.
   */
  const enterOpen = (call: InterceptedCall) => {
    const [oldest] = openToAll;
    if (openToAll.size >= mostOpenToAll && oldest !== undefined) {
      openToAll.delete(oldest);
      cutOff(oldest);
    }
    openToAll.add(call);
    onceClosed(call, () => openToAll.delete(call));
  };
  const founded = new WeakSet<object>();
  const found = (call: InterceptedCall) => {
    const session = sessionOf(call);
    if (session === undefined || founded.has(session)) return;
    founded.add(session);
    onFounded(call.getPeer());
  };
  const admit = (path: string, call: InterceptedCall, metadata: Metadata) => {
    const method = methods.get(path);
    if (method === undefined) throw new TypeError(`No such method: ${path}`);
    const caller = access.admitCall(method, credentialsOf(call, metadata));
    if (caller !== undefined) callers.set(metadata, caller);
    if (neededRole(method) === undefined) enterOpen(call);
    else found(call);
  };
  return ({ path }, call) => {
    const begin = call.start.bind(call);
    const start: typeof begin = (listener) => {
      const goOn = listener.onReceiveMetadata.bind(listener);
      const onReceiveMetadata: typeof goOn = (metadata) => {
        try {
          admit(path, call, metadata);
        } catch (error) {
          call.sendStatus(toGrpcStatus(error, onBug));
          closeStream(call);
          return;
        }
        goOn(metadata);
      };
      listener.onReceiveMetadata = onReceiveMetadata;
      begin(listener);
    };
    call.start = start;
    // An interceptor may return what it was given; only its declared type is narrower.
    return call as ServerInterceptingCall;
  };
}

/** Each may hold a message, or be a watch. */
const mostOpenToAll = 1000;

export interface Authentication {
  readonly access: Access;
  /** By their paths. */
  readonly methods: ReadonlyMap<string, DescMethod>;
  readonly onBug: OnBug;
  /** Hears once of each connection, by its peer, that somebody has called by it who may call. */
  readonly onFounded: (peer: string) => void;
}

/** Who makes the call that has this metadata; undefined where nobody has to say so. */
export function callerOf(metadata: Metadata): Caller | undefined {
  return callers.get(metadata);
}

const callers = new WeakMap<Metadata, Caller>();

function credentialsOf(call: InterceptedCall, metadata: Metadata): Credentials {
  const values = metadata.get("authorization");
  return {
    authorization: values.length === 0 ? undefined : values.map(String).join(", "),
    get certificateNames() {
      return namesOf(call);
    },
    get address() {
      return call.getPeer();
    },
  };
}

/** To read a certificate takes as long as a third of a call, and a connection has one for all of its calls. */
const known = new WeakMap<object, readonly string[]>();

function namesOf(call: InterceptedCall): readonly string[] {
  const session = sessionOf(call);
  if (session === undefined) return [];
  const names = known.get(session) ?? certificateNames(call.getAuthContext().sslPeerCertificate);
  known.set(session, names);
  return names;
}
