import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Stack, startStack } from "./stack.ts";

describe("a data directory", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "infill-lock-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test("is one stack's, however many are started at once, and the next one's when it has stopped", async () => {
    const starts = await Promise.allSettled([1, 2, 3].map(() => startStack({ dataDirectory: directory, port: 0 })));
    const started = starts.flatMap((start): Stack[] => (start.status === "fulfilled" ? [start.value] : []));
    const refused = starts.flatMap((start) => (start.status === "rejected" ? [String(start.reason)] : []));
    await Promise.all(started.map((stack) => stack.close()));
    expect(started).toHaveLength(1);
    for (const reason of refused) expect(reason).toContain("INFILL_DATA");
    await (await startStack({ dataDirectory: directory, port: 0 })).close();
  });

  test("that is taken says whose it is, and what stops that one", async () => {
    const first = await startStack({ dataDirectory: directory, port: 0 });
    const second = () => startStack({ dataDirectory: directory, port: 0 });
    await expect(second()).rejects.toThrow(
      `Another stack uses ${directory}: it runs at ${first.url}; stop it with "kill ${process.pid}", or name another data directory with INFILL_DATA`,
    );
    for (const note of [
      '{"pid":-1,"url":"http://localhost:1"}',
      `{"pid":${2 ** 30},"url":"http://localhost:1"}`,
      "{",
    ]) {
      writeFileSync(join(directory, "local.json"), note);
      await expect(second()).rejects.toThrow(`Another stack uses ${directory}: stop it, or name another`);
    }
    await first.close();
  });

  test("whose secrets are damaged says so, and is left as it is", async () => {
    writeFileSync(join(directory, "secrets.json"), '{"keyring":');
    await expect(startStack({ dataDirectory: directory, port: 0 })).rejects.toThrow(/secrets\.json is damaged/);
  });
});
