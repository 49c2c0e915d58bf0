import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type ReceivedWebhook, verifyWebhook } from "@infill/client";
import { registry } from "@infill/providers";
import sharp from "sharp";
import { expect, test } from "vitest";
import { startFakeApi } from "../testing/fake-api.ts";
import { run, workFolder } from "../testing/run.ts";
import { spawnCli } from "../testing/spawn.ts";

/** What the other commands find by themselves; the empty string is no key. */
const NO_KEY = { INFILL_API_KEY: "" };

test("a served stack is found, edits a real photo, and stops cleanly at the first signal", async () => {
  using folder = workFolder();
  const { path: cwd } = folder;
  const grain = Uint8Array.from({ length: 64 * 48 * 3 }, (_, i) => (i * 31) % 251);
  await sharp(grain, { raw: { width: 64, height: 48, channels: 3 } })
    .png()
    .toFile(join(cwd, "photo.png"));
  const mask = new Uint8Array(64 * 48).fill(255, 64 * 20, 64 * 22);
  await sharp(mask, { raw: { width: 64, height: 48, channels: 1 } })
    .png()
    .toFile(join(cwd, "mask.png"));

  const server = spawnCli(["serve", "--port", "0", "--data", ".infill", "--simulate"], { cwd });
  const welcome = await server.printed(/Ctrl-C/);
  expect(statSync(join(cwd, ".infill", "local.json")).mode & 0o777).toBe(0o600);
  const { url } = JSON.parse(readFileSync(join(cwd, ".infill", "local.json"), "utf8"));
  expect(welcome).toContain(`runs at ${url}`);
  expect(welcome).toContain(`  reference ${url}/docs\n`);
  const [, secret] = /webhooks +signed with (\S+)/.exec(welcome) ?? [];
  const asked = await run(["webhooks", "secret"], { cwd, env: NO_KEY });
  expect(asked).toMatchObject({ exitCode: 0, stdout: `${secret}\n` });

  const edited = await run(["edit", "photo.png", "-m", "mask.png", "--erase", "--json"], { cwd, env: NO_KEY });
  expect(edited).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(edited.stdout)).toMatchObject({
    job: { model: "local/fill", results: [{ width: 64, height: 48, fidelity: { changedOutside: 0 } }] },
    files: ["photo-edited.png"],
  });
  expect(await sharp(readFileSync(join(cwd, "photo-edited.png"))).metadata()).toMatchObject({ width: 64, height: 48 });
  for (const model of ["stability/erase", "bedrock/stability-erase"]) {
    const erased = await run(["edit", "photo.png", "-m", "mask.png", "--erase", "--model", model, "--json"], {
      cwd,
      env: NO_KEY,
    });
    expect(JSON.parse(erased.stdout)).toMatchObject({
      job: { status: "succeeded", simulated: true, results: [{ fidelity: { changedOutside: 0 } }] },
    });
  }
  const models = await run(["models", "--json"], { cwd, env: NO_KEY });
  expect(JSON.parse(models.stdout).data.map((model: { available: boolean }) => model.available)).not.toContain(false);
  const found = await run(["doctor"], { cwd, env: NO_KEY });
  expect(found.stdout).toContain("✓ vendors        this stack is simulated");

  server.signal("SIGTERM");
  expect(await server.ended).toMatchObject({ exitCode: 0 });
  expect(existsSync(join(cwd, ".infill", "local.json"))).toBe(false);
});

test("a vendor that needs no key is used where its setting and the environment's AWS credentials are there", async () => {
  using folder = workFolder();
  const welcome = async (env: Record<string, string>) => {
    const server = spawnCli(["serve", "--port", "0", "--data", ".infill"], { cwd: folder.path, env });
    const said = await server.printed(/Ctrl-C/);
    server.signal("SIGTERM");
    await server.ended;
    return said;
  };
  const setting = { INFILL_BEDROCK: "us-west-2" };
  expect(await welcome(setting)).toContain(
    "bedrock/stability-erase cannot be used: bedrock is off; set INFILL_BEDROCK to an AWS region",
  );
  const aws = { AWS_ACCESS_KEY_ID: "AKIALOCAL", AWS_SECRET_ACCESS_KEY: "secretsecret" };
  expect(await welcome({ ...setting, ...aws })).toMatch(/bedrock\/stability-erase$/m);
});

test("a served stack prints and logs no vendor's key and no prompt, and its log no key of its own", async () => {
  using folder = workFolder();
  const { path: cwd } = folder;
  const picture = sharp({ create: { width: 64, height: 48, channels: 3, background: "red" } }).png();
  const spot = Buffer.alloc(64 * 48).fill(255, 64 * 20, 64 * 22);
  await picture.toFile(join(cwd, "photo.png"));
  await sharp(spot, { raw: { width: 64, height: 48, channels: 1 } }).toFile(join(cwd, "mask.png"));
  const vendors = Object.values(registry).flatMap(({ secretName }) => secretName ?? []);
  const keys = Object.fromEntries(vendors.map((name) => [name, `canary-${name}-4c0f`]));
  const prompt = "canary prompt 8d21";

  const server = spawnCli(["serve", "--port", "0", "--data", ".infill", "--log"], { cwd, env: keys });
  await server.printed(/Ctrl-C/);
  const { url, apiKey } = JSON.parse(readFileSync(join(cwd, ".infill", "local.json"), "utf8"));
  const edit = ["edit", "photo.png", "-m", "mask.png", "-p", prompt, "--model"];
  expect(await run([...edit, "local/fill"], { cwd, env: NO_KEY })).toMatchObject({ exitCode: 0 });
  expect(await run([...edit, "no/such"], { cwd, env: NO_KEY })).toMatchObject({ exitCode: 2 });
  await fetch(`${url}/webhooks/modelslab/canary-path-19aa`, { method: "POST", body: prompt });
  server.signal("SIGTERM");
  const { stdout, stderr } = await server.ended;

  const log = readFileSync(join(cwd, ".infill", "infill.log"), "utf8");
  expect(log).toContain("job ended");
  for (const text of [log, stdout, stderr])
    for (const secret of [...Object.values(keys), prompt, "canary-path", "X-Amz-Signature"])
      expect(text.includes(secret), secret).toBe(false);
  for (const text of [log, stderr]) expect(text.includes(apiKey)).toBe(false);
});

test("a port that is taken is one line that says what to do", async () => {
  using folder = workFolder();
  await using other = await startFakeApi();
  const argv = ["serve", "--port", new URL(other.url).port, "--data", "data"];
  const { exitCode, stderr } = await run(argv, { cwd: folder.path });
  expect({ exitCode, lines: stderr.trimEnd().split("\n").length }).toEqual({ exitCode: 1, lines: 1 });
  expect(stderr).toContain("is in use");
  const named = await run(argv.slice(0, 3), {
    cwd: folder.path,
    env: { INFILL_DATA: "mine", PORT: "8787" },
  });
  expect(named.stderr).toMatch(/with PORT=\d+ INFILL_DATA=mine npm start\n$/);
  expect(named.stderr).not.toContain(`PORT=${new URL(other.url).port} `);
});

test("a data folder that cannot be made is one line that names it", async () => {
  using folder = workFolder();
  writeFileSync(join(folder.path, "file"), "");
  const { exitCode, stderr } = await run(["serve", "--port", "0", "--data", "file/data"], { cwd: folder.path });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/file\/data cannot be written \(ENOTDIR\).*INFILL_DATA\n$/);
});

test("a moderation endpoint is asked about every edit, and what it says is what the caller reads", async () => {
  using folder = workFolder();
  const { path: cwd } = folder;
  await sharp({ create: { width: 64, height: 48, channels: 3, background: "red" } }).toFile(join(cwd, "photo.png"));
  const spot = Buffer.alloc(64 * 48).fill(255, 64 * 20, 64 * 22);
  await sharp(spot, { raw: { width: 64, height: 48, channels: 1 } }).toFile(join(cwd, "mask.png"));
  const asked: ReceivedWebhook[] = [];
  const moderation = createServer(async (req, res) => {
    asked.push({ headers: req.headers, body: await text(req) });
    res.end('{"allow":false,"reason":"No benches here"}');
  }).listen(0, "127.0.0.1");
  await once(moderation, "listening");
  const host = `localhost:${(moderation.address() as AddressInfo).port}`;

  const env = { INFILL_MODERATION_URL: `http://${host}/edits?token=hush` };
  const server = spawnCli(["serve", "--port", "0", "--data", ".infill"], { cwd, env });
  const welcome = await server.printed(/Ctrl-C/);
  expect(welcome).toContain(`moderated by ${host}`);
  expect(welcome).not.toContain("hush");
  const edit = ["edit", "photo.png", "-m", "mask.png", "-p", "a bench", "--model", "local/fill"];
  const { exitCode, stderr } = await run(edit, { cwd, env: NO_KEY });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining("No benches here")]);
  const [, secret = ""] = /moderated by .*, with questions signed by (whsec_\S+);/.exec(welcome) ?? [];
  const questions = await Promise.all(asked.map((each) => verifyWebhook(each, secret)));
  expect(questions).toMatchObject([{ payload: { data: { prompt: "a bench" } } }]);
  server.signal("SIGTERM");
  await server.ended;
  moderation.close();
});

test("a moderation endpoint that could not be asked is one line that says what its address must be", async () => {
  using folder = workFolder();
  const env = { INFILL_MODERATION_URL: "http://10.0.0.1/edits?token=hush" };
  const { exitCode, stderr } = await run(["serve", "--port", "0", "--data", ".infill"], { cwd: folder.path, env });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/INFILL_MODERATION_URL must be an address that begins with https:\/\//);
  expect(stderr).not.toContain("hush");
});

test("a public URL of this network that names another port than the stack's is told of", async () => {
  using folder = workFolder();
  const welcome = async (publicUrl: string) => {
    const argv = ["serve", "--port", "0", "--data", ".infill", "--public-url", publicUrl];
    const server = spawnCli(argv, { cwd: folder.path });
    const said = await server.printed(/Ctrl-C/);
    server.signal("SIGTERM");
    await server.ended;
    return said;
  };
  expect(await welcome("http://192.168.1.20:1")).toMatch(
    /names port 1, and this stack listens on (\d+): .* Set INFILL_PUBLIC_URL=http:\/\/192\.168\.1\.20:\1, or PORT=1\./,
  );
  for (const proxied of ["https://edit.example.com:8443", "http://192.168.1.20"])
    expect(await welcome(proxied)).not.toContain("names port");
});

test("PORT must be a port", async () => {
  using folder = workFolder();
  expect(await run(["serve"], { cwd: folder.path, env: { PORT: "http" } })).toMatchObject({ exitCode: 2 });
});

test("a stack whose own key was revoked has a new one at its next start, and says so", async () => {
  using folder = workFolder();
  const { path: cwd } = folder;
  const served = async () => {
    const server = spawnCli(["serve", "--port", "0", "--data", ".infill"], { cwd });
    const [, printed] = /API key +(\S+)/.exec(await server.printed(/Ctrl-C/)) ?? [];
    const { apiKey } = JSON.parse(readFileSync(join(cwd, ".infill", "local.json"), "utf8"));
    expect(printed).toBe(apiKey);
    const models = () => run(["models"], { cwd, env: NO_KEY });
    const end = async () => {
      server.signal("SIGTERM");
      return (await server.ended).stderr;
    };
    return { apiKey: String(apiKey), models, end };
  };
  const first = await served();
  expect(await first.models()).toMatchObject({ exitCode: 0 });
  await run(["keys", "revoke", first.apiKey], { cwd });
  expect(await first.models()).toMatchObject({ exitCode: 3, stderr: expect.stringContaining("infill keys create") });
  expect(await first.end()).not.toContain("new one");

  const second = await served();
  expect(second.apiKey).not.toBe(first.apiKey);
  expect(await second.models()).toMatchObject({ exitCode: 0 });
  expect(await second.end()).toContain(`${first.apiKey.slice(0, 30)}) opens nothing any more: it has a new one`);

  const third = await served();
  expect(third.apiKey).toBe(second.apiKey);
  expect(await third.models()).toMatchObject({ exitCode: 0 });
  expect(await third.end()).not.toContain("new one");
});
