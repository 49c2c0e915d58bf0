import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startTestStack } from "../stack/testing/test-stack.ts";
import { JOB_ID, jobView, json, problem, RESULT_BYTES, running, startFakeApi } from "../testing/fake-api.ts";
import { run, workFolder } from "../testing/run.ts";

const ERASE = ["edit", "photo.png", "--mask", "mask.png", "--erase"];

test("uploads with the exact headers, follows the job, saves the result and prints its path", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  const { exitCode, stdout, stderr } = await run(ERASE, { cwd: folder.path, url: api.url });

  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "photo-edited.png\n" });
  expect(readFileSync(join(folder.path, "photo-edited.png"))).toEqual(RESULT_BYTES);
  expect(stderr).toContain("outside the mask: 0 of 3 pixels changed");
  const put = api.seen.find(({ path }) => path === "/storage/ast_image");
  expect(put?.body).toEqual(readFileSync(join(folder.path, "photo.png")));
  expect(put?.headers).toMatchObject({ "x-exact": "ast_image", "content-length": String(put?.body.length) });
  expect(put?.headers).not.toHaveProperty("transfer-encoding");
});

test("shows the key to the API and to no storage address", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  await run(ERASE, { cwd: folder.path, url: api.url });

  for (const { path, headers } of api.seen)
    expect([path, headers.authorization]).toEqual([path, path.startsWith("/v1/") ? "Bearer key_test" : undefined]);
});

test("every flag becomes its field, and what was not given is left out", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  const flags =
    "--model m/x --negative-prompt blurry --n 2 --seed 7 --strength 0.5 --steps 30 --guidance-scale 2.5 --quality high --size 1024x768 --output-quality 80 --grow 3 --feather 4 --padding 64 --no-crop --mask-convention alpha --deadline 60 --provider-option a=true --provider-option b=text --webhook https://x.test/hook --metadata k=v --metadata n=1 --user anna -o out.webp";
  const argv = ["edit", "photo.png", "-m", "mask.png", "-p", "a lamp", ...flags.split(" ")];
  await run(argv, { cwd: folder.path, url: api.url });

  expect(api.bodyOf("POST", "/v1/inpaint")).toEqual({
    model: "m/x",
    operation: "replace",
    image: "ast_image",
    mask: "ast_mask",
    prompt: "a lamp",
    negativePrompt: "blurry",
    n: 2,
    size: { width: 1024, height: 768 },
    seed: 7,
    strength: 0.5,
    steps: 30,
    guidanceScale: 2.5,
    quality: "high",
    outputFormat: "webp",
    outputQuality: 80,
    edit: { crop: "off", grow: 3, feather: 4, padding: 64, maskConvention: "alpha" },
    deadlineSeconds: 60,
    providerOptions: { a: true, b: "text" },
    webhook: "https://x.test/hook",
    metadata: { k: "v", n: "1" },
    user: "anna",
  });

  await run([...ERASE, "--model", "m/x"], { cwd: folder.path, url: api.url });
  const bodies = api.seen.filter(({ path }) => path === "/v1/inpaint").map(({ body }) => JSON.parse(body.toString()));
  expect(bodies[1]).toEqual({ model: "m/x", operation: "erase", image: "ast_image", mask: "ast_mask" });
});

test("without a model, erases locally and lets a prompt go to one that reads it", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  await run(ERASE, { cwd: folder.path, url: api.url });
  await run(["edit", "photo.png", "-m", "mask.png", "-p", "a lamp"], { cwd: folder.path, url: api.url });

  const asked = api.seen.filter(({ path }) => path === "/v1/inpaint");
  expect(asked.map(({ body }) => JSON.parse(body.toString()).model)).toEqual(["local/fill", "vendor/paint"]);
});

test("goes on from an earlier result without uploading it again", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  await run(["edit", `${JOB_ID}/1`, "-m", "mask.png", "--erase"], { cwd: folder.path, url: api.url });
  expect(api.bodyOf("POST", "/v1/inpaint")).toMatchObject({ image: { job: JOB_ID, result: 1 }, mask: "ast_mask" });
});

test("--json prints one document and nothing else on stdout", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  const { stdout } = await run([...ERASE, "--json"], { cwd: folder.path, url: api.url });
  expect(JSON.parse(stdout)).toEqual({ job: jobView(), files: ["photo-edited.png"], uploadMs: expect.any(Number) });
});

test("a failed job is exit code 1, its error on stderr, and a document with --json", async () => {
  using folder = workFolder();
  const error = { code: "content_rejected", detail: "Refused by moderation", retryable: false };
  await using api = await startFakeApi(({ path }, res) =>
    path === `/v1/jobs/${JOB_ID}`
      ? json(res, 200, jobView({ status: "failed", results: [], error }), { "preference-applied": "wait=1" })
      : undefined,
  );
  const { exitCode, stdout, stderr } = await run([...ERASE, "--json"], { cwd: folder.path, url: api.url });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("Refused by moderation");
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: "content_rejected" },
    job: { status: "failed" },
    files: [],
  });
});

test("a file that was named is refused before anything is uploaded, unless forced", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  writeFileSync(join(folder.path, "out.png"), "precious");
  const refused = await run([...ERASE, "-o", "out.png"], { cwd: folder.path, url: api.url });
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--force") });
  expect(api.calls()).toEqual([]);

  await run([...ERASE, "-o", "out.png", "--force"], { cwd: folder.path, url: api.url });
  expect(readFileSync(join(folder.path, "out.png"))).toEqual(RESULT_BYTES);
});

test("the default name never replaces an earlier edit", async () => {
  using folder = workFolder();
  await using api = await startFakeApi();
  for (const expected of ["photo-edited.png", "photo-edited-2.png", "photo-edited-3.png"]) {
    const { stdout } = await run([...ERASE, "--quiet"], { cwd: folder.path, url: api.url });
    expect(stdout).toBe(`${expected}\n`);
  }
});

test("several results are numbered", async () => {
  using folder = workFolder();
  const [result] = jobView().results;
  await using api = await startFakeApi(({ path }, res) =>
    path === `/v1/jobs/${JOB_ID}`
      ? json(res, 200, jobView({ results: [result, { ...result, index: 1 }] }), { "preference-applied": "wait=1" })
      : undefined,
  );
  const { stdout } = await run([...ERASE, "--n", "2", "-o", "out.png"], { cwd: folder.path, url: api.url });
  expect(stdout).toBe("out-0.png\nout-1.png\n");
  expect(existsSync(join(folder.path, "out-1.png"))).toBe(true);
});

test("a refusal with several errors names the flag of each, with exit code 2", async () => {
  using folder = workFolder();
  const errors = [
    { pointer: "/strength", detail: "takes a number from 0 to 1" },
    { pointer: "/steps", detail: "takes a whole number from 1 to 50" },
  ];
  await using api = await startFakeApi(({ path }, res) =>
    path === "/v1/inpaint"
      ? problem(res, 422, { code: "unsupported_option", detail: "/strength: takes…", retryable: false, errors })
      : undefined,
  );
  const { exitCode, stderr } = await run(ERASE, { cwd: folder.path, url: api.url });
  expect(exitCode).toBe(2);
  expect(stderr).toContain("--strength: takes a number from 0 to 1\n--steps: takes a whole number from 1 to 50\n");
});

test("a server that does not hold answers is asked again after its Retry-After", async () => {
  using folder = workFolder();
  let asked = 0;
  await using api = await startFakeApi(({ path }, res) =>
    path === `/v1/jobs/${JOB_ID}` && ++asked < 3 ? json(res, 200, jobView(running), { "retry-after": "2" }) : undefined,
  );
  const { exitCode, pauses } = await run(ERASE, { cwd: folder.path, url: api.url });
  expect({ exitCode, pauses }).toEqual({ exitCode: 0, pauses: [2000, 2000] });
});

test("an edit that would be refused uploads nothing, says so in flags, and what a name was meant to be", async () => {
  using folder = workFolder();
  await using t = await startTestStack();
  const asked = async (...argv: string[]) => {
    const { exitCode, stderr } = await run(["edit", "photo.png", "--mask", "mask.png", ...argv], {
      cwd: folder.path,
      url: t.url,
      env: { INFILL_API_KEY: t.key },
    });
    expect([argv, exitCode, stderr.includes("uploading")]).toEqual([argv, 2, false]);
    return stderr;
  };
  const fill = ["--erase", "--model", "local/fill"];
  expect(await asked("--erase", "--model", "local/fil")).toMatch(
    /^--model: there is no model.*\nDid you mean local\/fill\?/,
  );
  expect(await asked("--erase", "--model", "nope")).not.toContain("Did you mean");
  expect(await asked(...fill, "--n", "0")).toContain("--n: ");
  expect(await asked(...fill, "--deadline", "1")).toContain("--deadline: ");
  expect(await asked(...fill, "--strength", "3")).toContain("--strength: ");
  expect(await asked("--prompt", "", "--model", "modelslab/inpaint")).toContain("--prompt: ");
});

test("a failed edit says why once", async () => {
  using folder = workFolder();
  const error = { code: "content_rejected", detail: "Refused by moderation", retryable: false };
  await using api = await startFakeApi(({ path }, res) =>
    path === `/v1/jobs/${JOB_ID}`
      ? json(res, 200, jobView({ status: "failed", results: [], error }), { "preference-applied": "wait=1" })
      : undefined,
  );
  for (const argv of [ERASE, [...ERASE, "--quiet"], [...ERASE, "--json"]]) {
    const { stderr } = await run(argv, { cwd: folder.path, url: api.url });
    expect(stderr.match(/Refused by moderation/g)).toHaveLength(1);
  }
});

test("a vendor that does not take it is told of each time, and once how long that may go on", async () => {
  using folder = workFolder();
  let asked = 0;
  await using api = await startFakeApi(({ path }, res) => {
    if (path !== `/v1/jobs/${JOB_ID}` || ++asked > 5) return undefined;
    const waiting = { reason: "the vendor cannot be reached", until: "2026-01-01T00:00:09.000Z" };
    return json(res, 200, jobView({ ...running, attempts: asked, waiting }), { "preference-applied": "wait=1" });
  });
  const { stderr } = await run(ERASE, { cwd: folder.path, url: api.url });
  expect(stderr.match(/was not taken/g)).toHaveLength(5);
  const until = new Date(jobView().deadlineAt).toTimeString().slice(0, 5);
  expect(stderr).toContain(`attempt 3 was not taken: the vendor cannot be reached; trying again
This goes on until ${until}; --deadline sets how long. Ctrl-C cancels the job, which costs nothing if nothing was sent.
attempt 4`);
  expect(stderr.match(/--deadline/g)).toHaveLength(1);
});
