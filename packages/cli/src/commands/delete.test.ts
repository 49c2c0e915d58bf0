import { expect, test } from "vitest";
import { JOB_ID, json, startFakeApi } from "../testing/fake-api.ts";
import { run, workFolder } from "../testing/run.ts";

// the commands of docs/privacy.md, against a fake API

test.each([
  [{ deleted: true }, `${JOB_ID} is erased.\n`],
  [{ deleted: false }, `${JOB_ID} is being canceled, and erased at its end.\n`],
])("a job is deleted: %j", async (answer, words) => {
  using folder = workFolder();
  await using api = await startFakeApi((_, res) => json(res, answer.deleted ? 200 : 202, answer));
  const { exitCode, stdout } = await run(["jobs", "delete", JOB_ID], { cwd: folder.path, url: api.url });
  expect([exitCode, stdout, api.calls()]).toEqual([0, words, [`DELETE /v1/jobs/${JOB_ID}`]]);
});

test("a user is deleted by as many calls as it takes, and what is being canceled is waited for", async () => {
  using folder = workFolder();
  const answers = [
    { deleted: false, jobs: { erased: 100, pending: 0 } },
    { deleted: false, jobs: { erased: 3, pending: 1 } },
    { deleted: true, jobs: { erased: 0, pending: 0 } },
  ];
  await using api = await startFakeApi((_, res) => json(res, 202, answers.shift()));
  const { exitCode, stdout, pauses } = await run(["users", "delete", "a/b"], { cwd: folder.path, url: api.url });
  expect([exitCode, stdout]).toEqual([0, "Nothing of a/b is left: 103 jobs were erased.\n"]);
  expect(api.calls()).toEqual(Array.from({ length: 3 }, () => "DELETE /v1/users/a%2Fb"));
  expect(pauses).toEqual([1000]);
});

test.each([
  [
    "block",
    "POST",
    { blocked: true, blockedAt: "2026-11-26T00:00:00.000Z" },
    "is blocked since 2026-11-26T00:00:00.000Z",
  ],
  ["unblock", "DELETE", { blocked: false }, "is not blocked"],
])("a user is %sed", async (command, method, block, words) => {
  using folder = workFolder();
  await using api = await startFakeApi((_, res) => json(res, 200, { object: "user", user: "a/b", ...block }));
  const { exitCode, stdout } = await run(["users", command, "a/b"], { cwd: folder.path, url: api.url });
  expect([exitCode, stdout, api.calls()]).toEqual([0, `a/b ${words}.\n`, [`${method} /v1/users/a%2Fb/block`]]);
});

test("stopped in between it says so, and what to do", async () => {
  using folder = workFolder();
  const answer = { deleted: false, jobs: { erased: 3, pending: 1 } };
  await using api = await startFakeApi((_, res) => json(res, 202, answer));
  const options = { cwd: folder.path, url: api.url, stopAfter: 1 };
  const { exitCode, stderr } = await run(["users", "delete", "ann"], options);
  expect([exitCode, stderr]).toEqual([130, expect.stringContaining("run it again")]);
});

test("one job is one job", async () => {
  using folder = workFolder();
  await using api = await startFakeApi((_, res) => json(res, 200, { deleted: true, jobs: { erased: 1, pending: 0 } }));
  const { stdout } = await run(["users", "delete", "ann"], { cwd: folder.path, url: api.url });
  expect(stdout).toBe("Nothing of ann is left: 1 job was erased.\n");
});

test("nothing of that name is said to have been nothing", async () => {
  using folder = workFolder();
  await using api = await startFakeApi((_, res) => json(res, 200, { deleted: true, jobs: { erased: 0, pending: 0 } }));
  const { exitCode, stdout } = await run(["users", "delete", "nobody"], { cwd: folder.path, url: api.url });
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^There was no job of nobody; .* Is that the name/)]);
});
