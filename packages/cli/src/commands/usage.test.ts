import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { JOB_ID, json, startFakeApi } from "../testing/fake-api.ts";
import { run, workFolder } from "../testing/run.ts";

const sums = (succeeded: number, settledMicroUsd: number, unreconciledMicroUsd = 0) => ({
  jobs: { succeeded, failed: 0, canceled: 0 },
  settledMicroUsd,
  refundedMicroUsd: 30_000,
  unreconciledMicroUsd,
});
const USAGE = {
  by: "user",
  data: [
    { name: null, ...sums(1, 20_000) },
    { name: "ann", ...sums(2, 34_500, 10_000) },
  ],
  total: sums(3, 54_500, 10_000),
};
const UNRECONCILED = {
  data: [{ day: "2026-11-03", job: JOB_ID, model: "modelslab/inpaint", amountMicroUsd: 10_000, providerJobId: "771" }],
};

test("usage is a table with its total, and what may have been charged apart", async () => {
  using folder = workFolder();
  await using api = await startFakeApi((seen, res) => {
    if (seen.path.startsWith("/v1/usage/unreconciled")) return json(res, 200, UNRECONCILED);
    return seen.path.startsWith("/v1/usage") ? json(res, 200, USAGE) : undefined;
  });
  const at = { cwd: folder.path, url: api.url };
  const { stdout } = await run(["usage", "--by", "user", "--from", "2026-11-01"], at);
  expect(stdout.split("\n").map((line) => line.split(/ {2,}/))).toEqual([
    ["user", "succeeded", "failed", "canceled", "settled", "refunded", "unreconciled"],
    ["(no user)", "1", "0", "0", "$0.02", "$0.03", "$0"],
    ["ann", "2", "0", "0", "$0.0345", "$0.03", "$0.01"],
    ["total", "3", "0", "0", "$0.0545", "$0.03", "$0.01"],
    [""],
  ]);
  const listed = await run(["usage", "--unreconciled"], at);
  expect(listed.stdout).toMatch(new RegExp(`2026-11-03 +${JOB_ID} +modelslab/inpaint +\\$0\\.01 +771\n`));
  expect(JSON.parse((await run(["usage", "--json"], at)).stdout)).toEqual(USAGE);
  expect(api.calls()).toEqual([
    "GET /v1/usage?from=2026-11-01&by=user",
    "GET /v1/usage/unreconciled?",
    "GET /v1/usage?",
  ]);
});

test("a simulated stack is said to be one", async () => {
  using folder = workFolder();
  await using api = await startFakeApi(({ path }, res) =>
    path.startsWith("/v1/usage") ? json(res, 200, USAGE) : undefined,
  );
  mkdirSync(join(folder.path, ".infill"));
  const local = { url: api.url, apiKey: "key_local", simulated: true };
  writeFileSync(join(folder.path, ".infill", "local.json"), JSON.stringify(local));
  expect((await run(["usage"], { cwd: folder.path })).stderr).toContain("This stack is simulated");
  expect((await run(["usage"], { cwd: "/", url: api.url })).stderr).toBe("");
});
