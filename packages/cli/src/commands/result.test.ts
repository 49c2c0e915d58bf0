import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { JOB_ID, RESULT_BYTES, startFakeApi } from "../testing/fake-api.ts";
import { run, workFolder } from "../testing/run.ts";

const webp = () =>
  startFakeApi(({ path }, res) => {
    if (path !== "/storage/result") return undefined;
    res.writeHead(200, { "content-type": "image/webp" }).end(RESULT_BYTES);
    return true;
  });

test("a name that says another format than the result has is refused, and nothing is written", async () => {
  using folder = workFolder();
  await using api = await webp();
  const refused = await run(["result", JOB_ID, "-o", "r.png"], { cwd: folder.path, url: api.url });
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("the result is webp: name it r.webp") });
  expect(existsSync(join(folder.path, "r.png"))).toBe(false);
});

test.each([["r.webp"], ["r"]])("%s is written", async (name) => {
  using folder = workFolder();
  await using api = await webp();
  const { exitCode, stdout } = await run(["result", JOB_ID, "-o", name], { cwd: folder.path, url: api.url });
  expect([exitCode, stdout]).toEqual([0, `${name}\n`]);
  expect(readFileSync(join(folder.path, name))).toEqual(RESULT_BYTES);
});
