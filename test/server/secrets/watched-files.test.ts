import { writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { WatchedFiles } from "../../../src/server/secrets/watched-files.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

const quietly = { isForced: false };

async function setup(folder: TemporaryFolder) {
  const file = `${folder.path}/token`;
  writeFileSync(file, "one");
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const read = vi.fn<(onUnusable: (error: unknown) => void) => Promise<void>>(async () => {});
  const files = new WatchedFiles([file], { log, what: "Tokens", read });
  await files.look();
  return { file, log, read, files };
}

describe("WatchedFiles.renew()", () => {
  it("reads what has changed, and what it is told to", async () => {
    await using folder = await TemporaryFolder.create();
    const { file, read, files } = await setup(folder);
    await files.renew(quietly);
    expect(read).not.toHaveBeenCalled();
    writeFileSync(file, "another");
    await files.renew(quietly);
    await files.renew(quietly);
    expect(read).toHaveBeenCalledOnce();
    await files.renew({ isForced: true });
    expect(read).toHaveBeenCalledTimes(2);
  });

  it("tries again with every look what could not be used, though nothing has changed since, and says so once", async () => {
    await using folder = await TemporaryFolder.create();
    const { file, log, read, files } = await setup(folder);
    writeFileSync(file, "another");
    read.mockRejectedValueOnce(new Error("EMFILE")).mockRejectedValueOnce(new Error("EMFILE"));
    await files.renew(quietly);
    await files.renew(quietly);
    expect(log.error).toHaveBeenCalledExactlyOnceWith({ because: "EMFILE" }, "Tokens stay as they were");
    await files.renew(quietly);
    expect(log.info).toHaveBeenCalledExactlyOnceWith({}, "Tokens were read anew");
    await files.renew(quietly);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it("tries again where a part could not be used, and says so anew where it is told to look", async () => {
    await using folder = await TemporaryFolder.create();
    const { log, read, files } = await setup(folder);
    read.mockImplementation(async (onUnusable) => onUnusable(new Error("no token")));
    await files.renew({ isForced: true });
    await files.renew(quietly);
    expect([read, log.error].map(({ mock }) => mock.calls.length)).toEqual([2, 1]);
    await files.renew({ isForced: true });
    expect(log.error).toHaveBeenCalledTimes(2);
    expect(log.info).not.toHaveBeenCalled();
  });
});
