import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { JOB_ID, jobView, json, problem, startFakeApi } from "./testing/fake-api.ts";
import { run, workFolder } from "./testing/run.ts";

test.each([
  [["edit", "-m", "mask.png", "--erase"], "missing required argument 'photo'"],
  [["edit", "photo.png", "--erase"], "--mask"],
  [["edit", "photo.png", "-m", "mask.png"], "--erase"],
  [["edit", "nowhere.png", "-m", "mask.png", "--erase"], "There is no photo at"],
  [["edit", "notes.txt", "-m", "mask.png", "--erase"], "is not a png, jpeg or webp picture"],
  [["edit", "photo.png", "-m", "mask.png", "--erase", "--size", "big"], "1024x768"],
  [["edit", "photo.png", "-m", "mask.png", "--erase", "-o", "a.gif"], ".png, .jpg or .webp"],
  [["edit", "photo.png", "-m", "mask.png", "--erase", "-o", "a.jpg", "--format", "png"], "--format says png"],
  [["result", JOB_ID, "12"], "0 to 9"],
  [["models", "--url", "localhost"], "not the address of an API"],
  [["unknown"], "unknown command"],
  [["edit", "photo.png", "--erase"], "npx infill edit --help"],
  [["jobs", "lst"], "There is no such command or job id (job_…): lst\nDid you mean npx infill jobs list?"],
])("%j is bad usage: exit code 2", async (argv, expected) => {
  using folder = workFolder();
  writeFileSync(join(folder.path, "notes.txt"), "no picture");
  const { exitCode, stdout, stderr } = await run(argv, { cwd: folder.path, url: "http://127.0.0.1:9" });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toContain(expected);
});

test("where nothing answers it says how to start something: exit code 3", async () => {
  using folder = workFolder();
  // a port that was free a moment ago
  const gone = await startFakeApi();
  await gone[Symbol.asyncDispose]();
  const { exitCode, stdout, stderr, pauses } = await run(["models", "--json"], { cwd: folder.path, url: gone.url });
  expect({ exitCode, pauses }).toEqual({ exitCode: 3, pauses: [] });
  for (const way of ["npm start", "--url", "INFILL_URL", "INFILL_DATA"]) expect(stderr).toContain(way);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "unreachable" } });
});

test("a wrong key is exit code 3 and tells where keys come from", async () => {
  using folder = workFolder();
  await using api = await startFakeApi((_, res) =>
    problem(res, 401, { code: "unauthorized", detail: "This API key is not known here", retryable: false }),
  );
  const { exitCode, stderr } = await run(["models"], { cwd: folder.path, url: api.url });
  expect(exitCode).toBe(3);
  expect(stderr).toContain("INFILL_API_KEY");
  expect(stderr).toContain("infill keys create");
});

test("address and key of a running local stack are found from a folder below it", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  mkdirSync(join(folder.path, ".infill"));
  mkdirSync(join(folder.path, "photos"));
  writeFileSync(join(folder.path, ".infill", "local.json"), JSON.stringify({ url: api.url, apiKey: "key_local" }));
  await run(["models"], { cwd: join(folder.path, "photos"), env: { INFILL_API_KEY: undefined } });
  expect(api.seen[0]?.headers.authorization).toBe("Bearer key_local");
});

test("the local stack's key is never sent elsewhere", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  mkdirSync(join(folder.path, ".infill"));
  const local = { url: "http://localhost:1", apiKey: "key_local" };
  writeFileSync(join(folder.path, ".infill", "local.json"), JSON.stringify(local));
  await run(["models"], { cwd: folder.path, url: api.url, env: { INFILL_API_KEY: undefined } });
  expect(api.seen[0]?.headers).not.toHaveProperty("authorization");
});

test("models are a table that says what cannot be used and why", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  const { stdout } = await run(["models"], { cwd: folder.path, url: api.url });
  expect(stdout).toMatch(/vendor\/paint +yes +required +by a prompt +512×512 +white +yes +\$0\.04/);
  expect(stdout).not.toContain("\x1b");
});

test("jobs are a table, and one job is shown in full", async () => {
  using folder = workFolder();
  await using api = await startFakeApi(({ path }, res) =>
    path.startsWith("/v1/jobs?")
      ? json(res, 200, { object: "list", data: [jobView()], hasMore: true, next: "cursor" })
      : undefined,
  );
  const list = await run(["jobs", "--limit", "1"], { cwd: folder.path, url: api.url });
  expect(list.stdout).toContain(`${JOB_ID}  succeeded  erase      local/fill  just now  1.2 s  free`);
  expect(list.stderr).toContain("--after cursor");
  const one = await run(["jobs", JOB_ID], { cwd: folder.path, url: api.url });
  expect(one.stdout).toContain("outside the mask: 0 of 3 pixels changed");
  // the same in words
  expect(await run(["jobs", "list", "--limit", "1"], { cwd: folder.path, url: api.url })).toEqual(list);
  expect(await run(["jobs", "show", JOB_ID], { cwd: folder.path, url: api.url })).toEqual(one);
  const document = await run(["jobs", "show", JOB_ID, "--json"], { cwd: folder.path, url: api.url });
  expect(JSON.parse(document.stdout)).toEqual(jobView());
});

test("cancel says what it costs, and fails for a job that has ended", async () => {
  using folder = workFolder();
  let status = "canceled";
  const cost = { currency: "USD", estimateMicroUsd: 40_000, amountMicroUsd: 40_000, state: "unreconciled" };
  await using api = await startFakeApi(({ path }, res) =>
    path.endsWith("/cancel") ? json(res, 200, jobView({ status, cost, results: [] })) : undefined,
  );
  const canceled = await run(["cancel", JOB_ID], { cwd: folder.path, url: api.url });
  expect(canceled).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("up to $0.04") });
  expect(await run(["jobs", "cancel", JOB_ID], { cwd: folder.path, url: api.url })).toEqual(canceled);
  status = "succeeded";
  expect(await run(["cancel", JOB_ID], { cwd: folder.path, url: api.url })).toMatchObject({ exitCode: 1 });
});

test.each([
  [["users", "unblock"], "are taken again", "are refused from then on"],
  [["users", "delete"], "what they uploaded", "Erase all of an end user's jobs"],
  [["keys"], "blocking and deleting users", "endpoints, deleting users"],
])("%j --help says what it does", async (argv, says, not) => {
  using folder = workFolder();
  const { stdout } = await run([...argv, "--help"], { cwd: folder.path });
  expect(stdout).toContain(says);
  expect(stdout).not.toContain(not);
});

test("--help of every command has an example; --version is the package's", async () => {
  using folder = workFolder();
  for (const command of ["edit", "models", "jobs", "cancel", "result", "serve", "demo", "doctor"]) {
    const { exitCode, stdout } = await run([command, "--help"], { cwd: folder.path });
    expect([command, exitCode]).toEqual([command, 0]);
    expect(stdout).toMatch(/Examples?:\n {2}(PORT=\d+ )?infill /);
  }
  expect((await run(["--version"], { cwd: folder.path })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [400, "invalid_request", 2],
  [422, "unsupported_option", 2],
  [422, "content_rejected", 1],
  [400, undefined, 1], // a gateway's
  [409, "invalid_request", 1],
  [402, "budget_exceeded", 1],
])("a refusal with %i %s is exit code %i, of whatever command", async (status, code, expected) => {
  using folder = workFolder();
  await using api = await startFakeApi((_, res) =>
    problem(res, status, { ...(code && { code }), detail: "/limit: from 1 to 100", retryable: false }),
  );
  for (const argv of [
    ["jobs", "list", "--limit", "500"],
    ["usage", "--by", "week"],
    ["webhooks", "create", "http://a.test/"],
    ["webhooks", "events", "--after", "zzz"],
  ])
    expect([argv, (await run(argv, { cwd: folder.path, url: api.url })).exitCode]).toEqual([argv, expected]);
});

test("a job in full has its user, metadata, links and report; a row of the table is one short line", async () => {
  using folder = workFolder();
  const [result] = jobView().results;
  const job = jobView({
    user: "anna",
    metadata: { order: "7" },
    finishedAt: "2026-01-01T00:00:01.200Z",
    results: [{ ...result, link: "https://api.test/r/abc" }],
    report: { reason: "other", text: "blurred", by: "user", at: "2026-01-02T00:00:00.000Z" },
  });
  const waiting = { reason: `the vendor cannot be reached ${"at all ".repeat(20)}`, until: job.createdAt };
  await using api = await startFakeApi(({ path }, res) =>
    path.startsWith("/v1/jobs?")
      ? json(res, 200, { object: "list", data: [jobView({ status: "running", waiting })], hasMore: false })
      : json(res, 200, job),
  );
  const at = { cwd: folder.path, url: api.url };
  expect((await run(["jobs", "show", JOB_ID], at)).stdout).toContain(
    [
      "  user   anna",
      "  made   2026-01-01T00:00:00.000Z",
      "  ended  2026-01-01T00:00:01.200Z",
      "  meta   order=7",
      "  link   https://api.test/r/abc",
      "  report other, said by the user 2026-01-02T00:00:00.000Z: blurred",
      "",
    ].join("\n"),
  );
  const [, row = ""] = (await run(["jobs"], at)).stdout.split("\n");
  expect(row).toMatch(/attempt 1 was not taken: the vendor cannot be reached at.*… {2}erase/);
});

test("when it is tried again is said once", async () => {
  using folder = workFolder();
  const details = ["the next minute begins in 24 s", "too many"];
  await using api = await startFakeApi((_, res) => {
    const detail = details.shift();
    if (detail === undefined) return undefined;
    return problem(res, 429, { code: "rate_limited", detail, retryable: true }, { "retry-after": "24" });
  });
  const { stderr } = await run(["models"], { cwd: folder.path, url: api.url });
  expect(stderr).toBe("the next minute begins in 24 s; trying again then\ntoo many; trying again in 24.0 s\n");
});
