import { mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { json, problem, type Rule, startFakeApi } from "../testing/fake-api.ts";
import { deployedStage, parameterStore } from "../testing/parameter-store.ts";
import { run, workFolder } from "../testing/run.ts";

afterEach(() => void vi.unstubAllEnvs());

/** When `run` runs. */
const NOW = Date.UTC(2026, 0, 1);
const healthy =
  (skewMs = 0, build = "abc123"): Rule =>
  ({ path }, res) =>
    path === "/healthz" ? json(res, 200, { ok: true, build }, dated(skewMs)) : undefined;
const dated = (skewMs: number) => ({ date: new Date(NOW + skewMs).toUTCString() });
const forModels =
  (answer: (res: ServerResponse) => true): Rule =>
  ({ path }, res) =>
    path === "/v1/models" ? answer(res) : undefined;

async function doctor(url: string, argv: string[] = [], env: object = {}) {
  using folder = workFolder();
  return run(["doctor", ...argv], { cwd: folder.path, url, env });
}

test("a healthy API: one line each, and what can be used", async () => {
  await using api = await startFakeApi(healthy());
  const { exitCode, stdout, stderr } = await doctor(api.url);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const lines = stdout.split("\n");
  expect(lines.slice(0, 4)).toEqual([
    `✓ api            ${api.url} answers in 0 ms, build abc123`,
    "✓ clock          agrees with the API's",
    "✓ api key        the API takes it",
    "✓ models         vendor/paint, local/fill can be used",
  ]);
  // which keys it has is its own to say, and it says that all models can be used
  expect(stdout).not.toContain("modelslab key");
});

test("an API that does not say what its models lack leaves this terminal's keys to be looked at", async () => {
  await using api = await startFakeApi(healthy());
  const { stdout } = await doctor(api.url, [], { INFILL_API_KEY: undefined });
  const lines = stdout.split("\n");
  const aboutKey = lines.indexOf("? modelslab key  in this terminal: there is none");
  expect(lines[aboutKey + 1]).toBe(
    "                 → export MODELSLAB_API_KEY=…, or --stage S to look at a deployed stage's",
  );
});

test("a simulated stack says so, and asks for no keys", async () => {
  await using api = await startFakeApi(healthy());
  using folder = workFolder();
  mkdirSync(join(folder.path, ".infill"));
  const local = { url: api.url, apiKey: "key_test", simulated: true };
  writeFileSync(join(folder.path, ".infill/local.json"), JSON.stringify(local));
  const { exitCode, stdout } = await run(["doctor"], { cwd: folder.path });
  expect(exitCode).toBe(0);
  expect(stdout).toContain("✓ vendors        this stack is simulated");
  expect(stdout).not.toContain("there is none");
});

test("a model that cannot be used says why", async () => {
  const models = [
    { id: "local/fill", available: true },
    { id: "modelslab/inpaint", available: false, unavailableBecause: "there is no key for modelslab" },
  ];
  await using api = await startFakeApi(
    healthy(),
    forModels((res) => json(res, 200, { object: "list", data: models })),
  );
  const { exitCode, stdout } = await doctor(api.url);
  expect(exitCode).toBe(0);
  // once a vendor: by the API, whose key it is
  expect(stdout).toContain("? models         modelslab/inpaint cannot be used: there is no key for modelslab");
  expect(stdout).not.toContain("modelslab key");
  const named = await doctor(api.url, [], { MODELSLAB_API_KEY: "a key", MODELSLAB_BASE_URL: api.url });
  expect(named.stdout).toContain("? models         modelslab/inpaint cannot be used: there is no key for modelslab");
  expect(named.stdout).toMatch(/^. modelslab key {2}in this terminal: /m);
});

test("where nothing answers, nothing more is asked of it", async () => {
  const gone = await startFakeApi();
  await gone[Symbol.asyncDispose]();
  const { exitCode, stdout } = await doctor(gone.url, ["--json"]);
  expect(exitCode).toBe(1);
  const { findings, error } = JSON.parse(stdout) as { findings: { about: string; state: string }[]; error: object };
  expect(error).toMatchObject({ code: "unwell", message: `1 of ${findings.length} is broken` });
  const [api, ...vendors] = findings.map(({ about, state }) => [about, state]);
  expect(api).toEqual(["api", "broken"]);
  expect(vendors).toContainEqual(["modelslab key", "unknown"]);
});

test("something else than Infill is told from it", async () => {
  await using api = await startFakeApi();
  const { exitCode, stdout } = await doctor(api.url);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(`✗ api            what answers at ${api.url} is not a healthy Infill (HTTP 404)`);
});

test.each([
  [-240_000, "this machine is 4 min 0 s ahead of the API"],
  [600_000, "this machine is 10 min 0 s behind the API"],
])("a clock that is off is broken: %i ms", async (skew, words) => {
  await using api = await startFakeApi(healthy(skew));
  const { exitCode, stdout } = await doctor(api.url);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(`✗ clock          ${words}`);
});

test("a key that the API does not know is broken; none at all is only said", async () => {
  await using api = await startFakeApi(
    healthy(),
    forModels((res) => problem(res, 401, { code: "unauthorized", detail: "not known", retryable: false })),
  );
  const wrong = await doctor(api.url);
  expect(wrong).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining("✗ api key        the API does not take it"),
  });
  const none = await doctor(api.url, [], { INFILL_API_KEY: undefined });
  expect(none).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("? api key        there is none") });
});

/** AWS as far as a stage's parameters go. */
async function stageIs(parameters: Record<string, string>) {
  vi.stubEnv("AWS_ENDPOINT_URL_SSM", await parameterStore(parameters));
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIALOCAL");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secretsecret");
  return { AWS_REGION: "eu-west-1", INFILL_URL: undefined };
}

test("a deployed stage says where its API is, and which vendors it has no key for", async () => {
  await using api = await startFakeApi(healthy());
  const env = await stageIs({
    "/infill/dev/operator": deployedStage({ url: api.url }),
    "/infill/dev/providers/modelslab": "unset",
  });
  const { exitCode, stdout } = await doctor(api.url, ["--stage", "dev"], env);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("✓ stage          dev is deployed in eu-west-1");
  expect(stdout).toContain(`✓ api            ${api.url}`);
  expect(stdout).toContain("npx sst secret set ModelslabApiKey … --stage dev, then npm run deploy -- --stage dev");
});

test("a stage that is not there is broken, and says so once", async () => {
  await using api = await startFakeApi(healthy());
  const env = await stageIs({});
  const { exitCode, stdout } = await doctor(api.url, ["--stage", "dev"], { ...env, INFILL_URL: api.url });
  expect(exitCode).toBe(1);
  expect(stdout).toContain("✗ stage          There is no stage dev in eu-west-1");
  expect(stdout).not.toContain("modelslab key");
});

test("where the stage cannot be looked for, no other API is looked at in its place", async () => {
  await using api = await startFakeApi(healthy());
  using folder = workFolder();
  mkdirSync(join(folder.path, ".infill"));
  writeFileSync(
    join(folder.path, ".infill/local.json"),
    JSON.stringify({ url: api.url, apiKey: "key_test", simulated: true }),
  );
  vi.stubEnv("AWS_CONFIG_FILE", "/dev/null");
  const { exitCode, stdout } = await run(["doctor", "--stage", "production"], { cwd: folder.path });
  expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^✗ stage .*\n$/)]);
  expect(api.calls()).toEqual([]);
});
