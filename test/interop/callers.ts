import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
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
  Metadata,
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

/** How one calls, besides to where. */
export interface Calling {
  /** Default: none */
  readonly token?: string | undefined;
  /** The authority that the server's certificate is from, in a file. Default: there is no TLS */
  readonly caFile?: string | undefined;
  /** False: the caller may not ask for the schema, and has it from here. Default: true */
  readonly hasReflection?: boolean | undefined;
}

export const callers: Readonly<Record<string, (url: string, calling?: Calling) => Caller>> = {
  "grpc-js": grpcJs,
  "connect, gRPC": (baseUrl, { caFile, token } = {}) =>
    connect(createGrpcTransport({ baseUrl, nodeOptions: trusting(caFile) }), token),
  "connect, Connect with JSON": (baseUrl, { caFile, token } = {}) =>
    connect(
      createConnectTransport({ baseUrl, ...http1, useBinaryFormat: false, nodeOptions: trusting(caFile) }),
      token,
    ),
  "connect, Connect with protobuf": (baseUrl, { caFile, token } = {}) =>
    connect(
      createConnectTransport({ baseUrl, ...http1, useBinaryFormat: true, nodeOptions: trusting(caFile) }),
      token,
    ),
  "connect, gRPC-Web": (baseUrl, { caFile, token } = {}) =>
    connect(createGrpcWebTransport({ baseUrl, ...http1, nodeOptions: trusting(caFile) }), token),
  curl,
  "buf curl, gRPC": (url, calling = {}) => {
    const { token, hasReflection = true } = calling;
    // Where there is a token reflection needs it too.
    const reflected = token === undefined ? [] : ["--reflect-header", "*"];
    const schema = hasReflection ? reflected : ["--schema", "."];
    return bufCurl(url, calling, "--protocol", "grpc", "--http2-prior-knowledge", ...schema);
  },
  "buf curl, gRPC-Web": (url, calling = {}) =>
    bufCurl(url, calling, "--protocol", "grpcweb", "--schema", "."),
  "buf curl, Connect": (url, calling = {}) => bufCurl(url, calling, "--protocol", "connect", "--schema", "."),
};

const run = promisify(execFile);
const http1 = { httpVersion: "1.1" } as const;

function trusting(caFile: string | undefined): { readonly ca?: Buffer } {
  return caFile === undefined ? {} : { ca: readFileSync(caFile) };
}

function bearer(token: string | undefined): { readonly authorization?: string } {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function connect(transport: Transport, token: string | undefined): Caller {
  const headers = bearer(token);
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
          headers,
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
        const response = await transport.stream(method, undefined, undefined, headers, input());
        for await (const message of response.message)
          messages.push(toJson(method.output, message) as JsonObject);
        return { messages };
      } catch (error) {
        return { messages, refusal: refusalOf(error) };
      }
    },
  };
}

function grpcJs(url: string, { caFile, token }: Calling = {}): Caller {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(bearer(token))) metadata.set(name, value);
  const secured = () => credentials.createSsl(caFile === undefined ? null : readFileSync(caFile));
  const same = (bytes: Buffer) => bytes;
  const encode = ({ input }: DescMethod, request: JsonObject) =>
    Buffer.from(toBinary(input, create(input, fromJson(input, request))));
  const open = () =>
    new GrpcClient(new URL(url).host, url.startsWith("https:") ? secured() : credentials.createInsecure());
  const refusalOf = ({ code, metadata }: ServiceError) => {
    const [bytes] = metadata.get("grpc-status-details-bin");
    const [detail] = Buffer.isBuffer(bytes) ? fromBinary(StatusSchema, bytes).details : [];
    return new Refusal(codeName(code), (detail && anyUnpack(detail, ErrorInfoSchema)?.reason) ?? "");
  };
  return {
    unary(method, request) {
      const client = open();
      const { promise, resolve, reject } = Promise.withResolvers<JsonObject>();
      const path = pathOf(method);
      client.makeUnaryRequest(path, same, same, encode(method, request), metadata, (error, bytes) => {
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
        metadata,
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
function curl(url: string, calling: Calling = {}): Caller {
  const post = async (method: DescMethod, type: string, body: Buffer) => {
    const args = [
      "-sS",
      "-N",
      "--data-binary",
      "@-",
      "-H",
      `content-type: ${type}`,
      ...onCommandLine(calling),
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

/** For `curl` and `buf curl` alike. */
function onCommandLine({ caFile, token }: Calling): readonly string[] {
  const trusted = caFile === undefined ? [] : ["--cacert", caFile];
  return [
    ...trusted,
    ...Object.entries(bearer(token)).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
  ];
}

function bufCurl(url: string, calling: Calling, ...args: readonly string[]): Caller {
  const call = async (method: DescMethod, request: JsonObject): Promise<Streamed> => {
    const all = [
      "curl",
      ...args,
      ...onCommandLine(calling),
      "-d",
      JSON.stringify(request),
      `${url}${pathOf(method)}`,
    ];
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
