import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { bearerToken, createClientOn, createJobControlClient } from "../../src/client/index.ts";

/** A transport that refuses all, and the deadlines that it was given. */
function setup(): { transport: Transport; deadlines: (number | undefined)[] } {
  const deadlines: (number | undefined)[] = [];
  const refuse = async (
    _method: unknown,
    _signal: unknown,
    timeoutMs: number | undefined,
  ): Promise<never> => {
    deadlines.push(timeoutMs);
    throw new ConnectError("refused", Code.InvalidArgument);
  };
  return { transport: { unary: refuse, stream: refuse }, deadlines };
}

describe("createClientOn()", () => {
  it("gives calls that answer once and bring no deadline one of 10 s, and streams none", async () => {
    const { transport, deadlines } = setup();
    const { jobs, admin } = createClientOn(transport);
    await jobs.listJobs({}).catch(() => {});
    await admin.getChannelStats({}).catch(() => {});
    await jobs.stop({ jobId: "a" }, { timeoutMs: 0 }).catch(() => {});
    await jobs
      .watchStatus({})
      [Symbol.asyncIterator]()
      .next()
      .catch(() => {});
    expect(deadlines).toEqual([10_000, 10_000, 0, undefined]);
  });

  it("gives commands the same, for all of their tries", async () => {
    const { transport, deadlines } = setup();
    for (const timeoutMs of [undefined, 50, 0]) {
      const client = createClientOn(transport, { timeoutMs });
      await client.start({ jobId: "a" }).catch(() => {});
      await client.getStatus({ jobId: "a" }, { timeoutMs: 7 }).catch(() => {});
    }
    expect(deadlines).toEqual([10_000, 7, 50, 7, 0, 7]);
  });

  it("gives them another, or none", async () => {
    const { transport, deadlines } = setup();
    for (const timeoutMs of [50, 0])
      await createClientOn(transport, { timeoutMs })
        .jobs.listJobs({})
        .catch(() => {});
    expect(deadlines).toEqual([50, 0]);
  });
});

describe("A token", () => {
  it.each(["", "two words", "line\n", "umläut", "a=b"])("has the form of one: %j", (token) => {
    expect(() => bearerToken(token)).toThrow(TypeError);
    expect(() => createJobControlClient({ address: "127.0.0.1:1", token })).toThrow(TypeError);
  });

  it.each(["127.0.0.1:1", "127.1.2.3:1", "localhost:1", "[::1]:1"])(
    "goes over plain text to this machine: %s",
    (address) => {
      createJobControlClient({ address, token: "t" })[Symbol.dispose]();
    },
  );

  it.each(["jobs.example.com:1", "10.0.0.1:1", "127.0.0.1.example.com:1", "[::2]:1"])(
    "does not go over plain text to another, unless it is told to: %s",
    (address) => {
      const create = (plainTextToken: boolean) =>
        createJobControlClient({ address, token: "t", plainTextToken });
      expect(() => create(false)).toThrow(`Token would be sent in plain text: ${address}`);
      create(true)[Symbol.dispose]();
    },
  );
});
