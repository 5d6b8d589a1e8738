import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import {
  create,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import {
  type ClientReadableStream,
  credentials,
  Client as GrpcClient,
  type ServiceError,
} from "@grpc/grpc-js";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";

/**
 * Clients of many kinds behind one face, so that one story can be told to all: requests and answers are JSON, as protobuf
 * maps them, and refusals a code and a reason.
 */
export interface Caller {
  unary(method: DescMethodUnary, request: JsonObject): Promise<JsonObject>;
  /** All messages, to the end of the stream; and how it was refused, if it was. */
  stream(method: DescMethodServerStreaming, request: JsonObject): Promise<Streamed>;
}

export interface Streamed {
  readonly messages: readonly JsonObject[];
  readonly refusal?: Refusal | undefined;
}

/** What a unary call was refused with. */
class Refusal extends Error {
  /** gRPC's code, as connect spells it: `not_found`. */
  readonly code: string;
  readonly reason: string;

  constructor(code: string, reason: string) {
    super(`${code} ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}

export const callers: Readonly<Record<string, (url: string) => Caller>> = {
  "grpc-js": grpcJs,
  "connect, gRPC": (baseUrl) => connect(createGrpcTransport({ baseUrl })),
  "connect, Connect with JSON": (baseUrl) =>
    connect(createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false })),
  "connect, Connect with protobuf": (baseUrl) =>
    connect(createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true })),
  "connect, gRPC-Web": (baseUrl) => connect(createGrpcWebTransport({ baseUrl, httpVersion: "1.1" })),
  curl,
  "buf curl, gRPC": (url) => bufCurl(url, "--protocol", "grpc", "--http2-prior-knowledge"),
  "buf curl, gRPC-Web": (url) => bufCurl(url, "--protocol", "grpcweb", "--schema", "."),
  "buf curl, Connect": (url) => bufCurl(url, "--protocol", "connect", "--schema", "."),
};

const run = promisify(execFile);

function connect(transport: Transport): Caller {
  const refusalOf = (thrown: unknown) => {
    const error = ConnectError.from(thrown);
    return new Refusal(codeName(error.code), error.findDetails(ErrorInfoSchema)[0]?.reason ?? "");
  };
  return {
    async unary(method, request) {
      try {
        const { message } = await transport.unary(
          method,
          undefined,
          undefined,
          undefined,
          fromJson(method.input, request),
        );
        return toJson(method.output, message) as JsonObject;
      } catch (error) {
        throw refusalOf(error);
      }
    },

    async stream(method, request) {
      const messages: JsonObject[] = [];
      async function* input() {
        yield fromJson(method.input, request);
      }
      try {
        const response = await transport.stream(method, undefined, undefined, undefined, input());
        for await (const message of response.message)
          messages.push(toJson(method.output, message) as JsonObject);
        return { messages };
      } catch (error) {
        return { messages, refusal: refusalOf(error) };
      }
    },
  };
}

function grpcJs(url: string): Caller {
  const same = (bytes: Buffer) => bytes;
  const encode = ({ input }: DescMethod, request: JsonObject) =>
    Buffer.from(toBinary(input, create(input, fromJson(input, request))));
  const open = () => new GrpcClient(new URL(url).host, credentials.createInsecure());
  const refusalOf = ({ code, metadata }: ServiceError) => {
    const [bytes] = metadata.get("grpc-status-details-bin");
    const [detail] = Buffer.isBuffer(bytes) ? fromBinary(StatusSchema, bytes).details : [];
    return new Refusal(codeName(code), (detail && anyUnpack(detail, ErrorInfoSchema)?.reason) ?? "");
  };
  return {
    unary(method, request) {
      const client = open();
      const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
      client.makeUnaryRequest(pathOf(method), same, same, encode(method, request), (error, bytes) => {
        if (error !== null || bytes === undefined) reject(error === null ? error : refusalOf(error));
        else resolve(toJson(method.output, fromBinary(method.output, bytes)) as JsonObject);
      });
      return promise.finally(() => client.close());
    },

    async stream(method, request) {
      const client = open();
      const messages: JsonObject[] = [];
      let refusal: Refusal | undefined;
      const call: ClientReadableStream<Buffer> = client.makeServerStreamRequest(
        pathOf(method),
        same,
        same,
        encode(method, request),
      );
      call.on("data", (bytes: Buffer) =>
        messages.push(toJson(method.output, fromBinary(method.output, bytes)) as JsonObject),
      );
      call.on("error", (error: ServiceError) => {
        refusal = refusalOf(error);
      });
      const closed = new Promise<void>((resolve) => call.once("close", resolve));
      await closed;
      client.close();
      return { messages, refusal };
    },
  };
}

/** As in a terminal: JSON in, JSON out; streams in Connect's envelopes. */
function curl(url: string): Caller {
  const post = async (method: DescMethod, type: string, body: Buffer) => {
    const args = [
      "-sS",
      "-N",
      "--data-binary",
      "@-",
      "-H",
      `content-type: ${type}`,
      `${url}${pathOf(method)}`,
    ];
    const child = execFile("curl", args, { encoding: "buffer", maxBuffer: 2 ** 24 });
    const chunks: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stdin?.end(body);
    await once(child, "close");
    return Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)));
  };
  return {
    async unary(method, request) {
      const answer = JSON.parse(
        String(await post(method, "application/json", Buffer.from(JSON.stringify(request)))),
      );
      if (typeof answer.code === "string" && "details" in answer) throw printedRefusal(answer);
      return answer;
    },

    async stream(method, request) {
      const text = Buffer.from(JSON.stringify(request));
      const head = Buffer.from([0, 0, 0, 0, text.byteLength]);
      const body = await post(method, "application/connect+json", Buffer.concat([head, text]));
      const messages: JsonObject[] = [];
      for (let at = 0; at < body.byteLength; ) {
        const end = at + 5 + body.readUInt32BE(at + 1);
        const json = JSON.parse(String(body.subarray(at + 5, end)));
        if (body[at] === 2) return { messages, refusal: json.error && printedRefusal(json.error) };
        messages.push(json);
        at = end;
      }
      throw new TypeError("Stream has no end");
    },
  };
}

function bufCurl(url: string, ...args: readonly string[]): Caller {
  const call = async (method: DescMethod, request: JsonObject): Promise<Streamed> => {
    const all = ["curl", ...args, "-d", JSON.stringify(request), `${url}${pathOf(method)}`];
    const ended = await run("node_modules/.bin/buf", all).catch((failed) => failed);
    const messages = JSON.parse(`[${String(ended.stdout).replaceAll(/\}\s*\{/g, "},{")}]`);
    return { messages, refusal: ended.stderr === "" ? undefined : printedRefusal(JSON.parse(ended.stderr)) };
  };
  return {
    async unary(method, request) {
      const { messages, refusal } = await call(method, request);
      if (refusal !== undefined) throw refusal;
      return messages[0] ?? {};
    },
    stream: call,
  };
}

interface PrintedRefusal {
  readonly code: string;
  readonly details: readonly { readonly type: string; readonly value: string }[];
}

function printedRefusal({ code, details = [] }: PrintedRefusal): Refusal {
  const info = details.find(({ type }) => type === ErrorInfoSchema.typeName);
  const { reason } = fromBinary(ErrorInfoSchema, Buffer.from(info?.value ?? "", "base64"));
  return new Refusal(code, reason);
}

function codeName(code: number): string {
  const name = Code[code] ?? "unknown";
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** One field of a message, however deep. */
export function fieldOf(message: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (value, name) => (value as JsonObject | undefined)?.[name],
    message,
  );
}
