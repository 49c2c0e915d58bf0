import { expect, test } from "vitest";
import { JOB_ID, jobView, json, type Rule, running, startFakeApi } from "./testing/fake-api.ts";
import { workFolder } from "./testing/run.ts";
import { spawnCli } from "./testing/spawn.ts";

/** Runs an edit whose request to `path` is never answered but with a Ctrl-C. */
async function interruptAt(path: string, ...rules: Rule[]) {
  using folder = workFolder();
  let cli: ReturnType<typeof spawnCli> | undefined;
  await using api = await startFakeApi(
    (seen) => {
      if (seen.path !== path) return undefined;
      cli?.signal("SIGINT");
      return true;
    },
    ...rules,
  );
  cli = spawnCli(["edit", "photo.png", "-m", "mask.png", "--erase"], {
    cwd: folder.path,
    env: { INFILL_URL: api.url },
  });
  return { ...(await cli.ended), calls: api.calls() };
}

const cancelAnswers =
  (patch: object): Rule =>
  ({ path }, res) =>
    path.endsWith("/cancel") ? json(res, 200, jobView({ ...running, ...patch })) : undefined;

test("Ctrl-C cancels the job, says what it costs, and exits with 130", async () => {
  const cost = { currency: "USD", estimateMicroUsd: 20_000, amountMicroUsd: 0, state: "refunded" };
  const { exitCode, stdout, stderr, calls } = await interruptAt(
    `/v1/jobs/${JOB_ID}`,
    cancelAnswers({ status: "canceled", cost }),
  );
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
  expect(calls.at(-1)).toBe(`POST /v1/jobs/${JOB_ID}/cancel`);
  expect(stderr).toContain("Cost: nothing ($0.02 was reserved)");
});

test("Ctrl-C during the upload asks for nothing", async () => {
  const { exitCode, stderr, calls } = await interruptAt("/storage/ast_image");
  expect(exitCode).toBe(130);
  expect(calls).not.toContain("POST /v1/inpaint");
  expect(stderr).toContain("nothing was asked for");
});

test("a second Ctrl-C leaves at once, even if the cancellation is not answered", async () => {
  let cli: ReturnType<typeof spawnCli> | undefined;
  const again: Rule = ({ path }) => {
    if (!path.startsWith(`/v1/jobs/${JOB_ID}`)) return undefined;
    cli?.signal("SIGINT");
    return true;
  };
  using folder = workFolder();
  await using api = await startFakeApi(again);
  cli = spawnCli(["edit", "photo.png", "-m", "mask.png", "--erase"], {
    cwd: folder.path,
    env: { INFILL_URL: api.url },
  });
  expect(await cli.ended).toMatchObject({ exitCode: 130, stdout: "" });
  expect(api.calls().at(-1)).toBe(`POST /v1/jobs/${JOB_ID}/cancel`);
});
