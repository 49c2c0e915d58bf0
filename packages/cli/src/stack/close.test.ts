import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalRecords } from "@infill/local";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startStack } from "./stack.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "infill-close-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("a stack of which something does not end gives its port and its directory back all the same, and says what", async () => {
  const stack = await startStack({ dataDirectory: directory, port: 0 });
  const address = join(directory, "local.json");
  // a folder is not removed as a file is, and what was closed is not closed again
  rmSync(address);
  mkdirSync(address);
  (stack.records as LocalRecords).close();
  await expect(stack.close()).rejects.toMatchObject({
    name: "AggregateError",
    errors: [{ code: "ERR_FS_EISDIR" }, { message: "database is not open" }],
  });

  rmdirSync(address);
  const next = await startStack({ dataDirectory: directory, port: Number(new URL(stack.url).port) });
  await next.close();
});
