import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { PostOffice, type Received, refused } from "../../examples/email/jobs/post-office.ts";
import { JobState, type JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { killAll } from "../cli/jobctl-process.ts";
import { freePort } from "../free-port.ts";
import { patience } from "../patience.ts";
import { ServedExample } from "./served-example.ts";

/**
 * The e-mail example, and the mail server that it sends to: a real one, which waits where a test says so. Each test has an outbox
 * and a mail server of its own; the server of the jobs, which keeps nothing of either, is the same for most.
 */
const file = "examples/email/outbox.db";
const account = "shop:open-sesame";
let port: number;
let office: PostOffice;
let received: Received[];
let onLetter: (letter: Received) => unknown;
let example: ServedExample;

beforeAll(async () => {
  port = await freePort();
  await serveFor(account);
});

beforeEach(async () => {
  removeOutbox();
  received = [];
  onLetter = () => {};
  office = await openOffice();
});

afterEach(async () => {
  await office[Symbol.asyncDispose]();
  removeOutbox();
});

afterAll(async () => {
  await serverIsKilled();
  vi.unstubAllEnvs();
});

function removeOutbox(): void {
  for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true });
}

function openOffice(): Promise<PostOffice> {
  const note = async (letter: Received) => {
    received.push(letter);
    await onLetter(letter);
  };
  return PostOffice.open({ smtp: `smtp://${account}@127.0.0.1:${port}`, onLetter: note });
}

async function serveFor(user: string): Promise<void> {
  vi.stubEnv("SMTP_URL", `smtp://${user}@127.0.0.1:${port}`);
  example = await ServedExample.start("email");
}

async function serverIsKilled(): Promise<void> {
  example[Symbol.dispose]();
  await killAll();
}

async function write(...to: string[]): Promise<void> {
  const input = { to, subject: "Hello", text: "From a test\n.\nwith a dot" };
  expect(await example.run("write-letters", input)).toMatchObject({ result: { written: to.length } });
}

function customers(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `customer-${n}@example.org`);
}

function states(): Record<string, number> {
  using database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare("SELECT state, count(*) AS count FROM letters GROUP BY state").all();
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

/** Lets the server answer only when it is opened. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

function recipients(): string[] {
  return received.map(({ to }) => to).toSorted();
}

function progressOf({ currentRun }: JobStatus): string {
  return currentRun?.progress?.message ?? "";
}

describe("the e-mail example", () => {
  it("sends every letter once, tries again what was refused for now, and reports what was refused for good", async () => {
    const letters = customers(50);
    await write(...letters, "busy-1@example.org", "moved@example.org", "busy-2@example.org");
    const status = await example.run("send-letters");
    expect(status).toMatchObject({
      state: JobState.SUCCEEDED,
      result: {
        sent: 52,
        refused: 1,
        refusals: [{ to: "moved@example.org", words: "550 No such mailbox" }],
        inDoubt: 0,
      },
      currentRun: { attempt: 2, progress: { current: 53, total: 53, unit: "letters" } },
    });
    expect(recipients()).toEqual([...letters, "busy-1@example.org", "busy-2@example.org"].toSorted());
    expect(received[0]?.text).toContain("\r\n\r\nFrom a test\r\n.\r\nwith a dot");
    expect(await example.output("send-letters")).toEqual(
      expect.arrayContaining([
        "letter 51 to busy-1@example.org: waiting, 451 Mailbox busy, try again later",
        "letter 52 to moved@example.org: refused, 550 No such mailbox",
      ]),
    );
  });

  it("tells a refusal of the letter itself from one of its recipient", async () => {
    onLetter = ({ text }) => {
      if (text.includes("From a test")) throw refused(554, "Looks like spam");
    };
    await write("customer@example.org");
    expect(await example.run("send-letters")).toMatchObject({
      state: JobState.SUCCEEDED,
      result: { sent: 0, refused: 1, refusals: [{ words: "554 Looks like spam" }] },
    });
  });

  it("goes on using its four connections", async () => {
    await write(...customers(80));
    await example.run("send-letters");
    const ports = received.map(({ port }) => port);
    expect(new Set(ports).size).toBeLessThanOrEqual(4);
    expect(ports).toHaveLength(80);
  });

  it("is held back by a slow server: four letters on their way, one batch claimed, the rest where it was", async () => {
    const { opened, open } = gate();
    onLetter = () => opened;
    await write(...customers(200));
    await example.client.jobs.start({ jobId: "send-letters" });
    await vi.waitFor(() => expect(received).toHaveLength(4), patience);
    expect(states()).toEqual({ sending: 20, waiting: 180 });
    open();
    expect(await example.done("send-letters")).toMatchObject({ result: { sent: 200 } });
    expect(recipients()).toEqual(customers(200).toSorted());
  });

  it("tells how far it is", async () => {
    const { opened, open } = gate();
    onLetter = () => (received.length > 30 ? opened : undefined);
    await write(...customers(60));
    const status = await example.runUntil("send-letters", {}, (status) => progressOf(status) !== "");
    expect(status.currentRun?.progress).toMatchObject({ total: 60, unit: "letters" });
    expect(progressOf(status)).toMatch(/^\d+ sent, 0 refused, 0 for later, 0 in doubt$/);
    open();
    await example.done("send-letters");
  });

  it("stops in the middle of a batch: what is on its way is finished, the rest waits and is sent by the next run", async () => {
    const { opened, open } = gate();
    onLetter = () => (received.length > 6 ? opened : undefined);
    await write(...customers(50));
    await example.client.jobs.start({ jobId: "send-letters" });
    await vi.waitFor(() => expect(received).toHaveLength(10), patience);
    const { status } = await example.client.jobs.stop({ jobId: "send-letters" });
    expect(status).toMatchObject({ state: JobState.STOPPING });
    open();
    expect(await example.done("send-letters")).toMatchObject({ state: JobState.STOPPED });
    expect(states()).toEqual({ sent: 10, waiting: 40 });
    expect(await example.run("send-letters")).toMatchObject({ result: { sent: 40 } });
    expect(recipients()).toEqual(customers(50).toSorted());
  });

  it("tries again when there is no server, without touching a letter", async () => {
    await write("customer@example.org");
    await office[Symbol.asyncDispose]();
    const status = await example.runUntil("send-letters", {}, ({ state }) => state === JobState.RETRYING);
    expect(status.currentRun?.error?.message).toContain("ECONNREFUSED");
    expect(states()).toEqual({ waiting: 1 });
    office = await openOffice();
    expect(await example.done("send-letters")).toMatchObject({
      state: JobState.SUCCEEDED,
      result: { sent: 1 },
    });
  });

  it("does not send again what the server may have taken, until a person says so", async () => {
    const { opened, open } = gate();
    onLetter = () => opened;
    await write(...customers(30));
    await example.client.jobs.start({ jobId: "send-letters" });
    await vi.waitFor(() => expect(received).toHaveLength(4), patience);
    // The server of the jobs dies with four letters on their way, and another takes over.
    await serverIsKilled();
    open();
    await serveFor(account);
    expect(await example.run("send-letters")).toMatchObject({ result: { sent: 10, inDoubt: 20 } });
    expect(recipients()).toHaveLength(14);
    expect(new Set(recipients()).size).toBe(14);
    expect(await example.output("send-letters")).toHaveLength(20);
    expect(await example.run("send-letters", { sendDoubtfulAgain: true })).toMatchObject({
      result: { sent: 20, inDoubt: 0 },
    });
    expect(new Set(recipients()).size).toBe(30);
  });

  it("does not send again what was on its way when the connection broke", async () => {
    await write(...customers(8));
    onLetter = ({ to, port }) => {
      if (to === "customer-2@example.org") office.hangUp(port);
    };
    expect(await example.run("send-letters")).toMatchObject({
      state: JobState.SUCCEEDED,
      result: { sent: 7, inDoubt: 1 },
      currentRun: { attempt: 2 },
    });
    expect(recipients()).toEqual(customers(8));
  });

  it("takes no address that a mail server could take for two", async () => {
    for (const to of ["a@x.org, b@x.org", "a@x.org\r\nBcc: b@x.org", "<a@x.org>", ""]) {
      expect(await example.run("write-letters", { to: [to] })).toMatchObject({
        state: JobState.FAILED,
        message: expect.stringContaining("Not an address"),
      });
    }
  });

  // Last, as the server of the jobs is another from here on.
  it("keeps its password to itself, also where the server does not take it", async () => {
    await serverIsKilled();
    await serveFor("shop:hunter2");
    await write("customer@example.org");
    const status = await example.run("send-letters");
    expect(status).toMatchObject({ state: JobState.FAILED, currentRun: { attempt: 4 } });
    expect(status.message).toContain("535");
    const told = JSON.stringify([status, await example.output("send-letters")], (_, value) =>
      typeof value === "bigint" ? String(value) : value,
    );
    expect(told).not.toContain("hunter2");
    expect(states()).toEqual({ waiting: 1 });
  });
});
