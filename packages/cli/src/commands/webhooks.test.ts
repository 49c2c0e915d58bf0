import { verifyWebhook } from "@infill/client";
import { createValidator } from "@infill/functions/openapi";
import { startReceiver } from "@infill/functions/testing";
import { expect, test } from "vitest";
import { startTestStack } from "../stack/testing/test-stack.ts";
import { jobView, json, problem, startFakeApi } from "../testing/fake-api.ts";
import { run, workFolder } from "../testing/run.ts";
import { listen } from "../webhooks/listen.ts";

// the commands of docs/webhooks.md

const SECRET = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
/** When {@link run} says that it is. */
const NOW = Date.UTC(2026, 0, 1);

const EVENT = {
  id: `evt_${"0".repeat(26)}`,
  object: "event",
  type: "job.succeeded",
  timestamp: "2026-01-01T00:00:00.000Z",
  data: jobView({ results: [] }),
  delivery: { state: "none", attempts: 0 },
};

test("an example event is signed so that the client and the Standard Webhooks library take it", async () => {
  using folder = workFolder();
  for (const type of ["job.succeeded", "job.failed", "job.canceled"]) {
    await using receiver = await startReceiver([204, 401]);
    const { exitCode, stdout } = await run(["webhooks", "test", receiver.url, "--type", type], {
      cwd: folder.path,
      env: { INFILL_WEBHOOK_SECRET: SECRET },
    });
    expect([exitCode, stdout.split("\n")]).toEqual([
      0,
      [
        expect.stringMatching(/took evt_\w{26} \(job\.\w+\), signed with INFILL_WEBHOOK_SECRET: 204$/),
        `${receiver.url} refused one with a bad signature: 401`,
        "",
      ],
    ]);
    const [webhook, forged] = receiver.received;
    expect(webhook?.headers["user-agent"]).toBe("infill");
    expect(forged?.headers["webhook-id"]).not.toBe(webhook?.headers["webhook-id"]);
    expect(() => receiver.verify(SECRET, forged, NOW)).toThrow("No matching signature");
    expect(receiver.verify(SECRET, webhook, NOW)).toMatchObject({ type });
    const { data } = JSON.parse(webhook?.body.toString() ?? "") as { data: { results: { link: string }[] } };
    expect(data.results.map(({ link }) => URL.canParse(link))).toEqual(type === "job.succeeded" ? [true] : []);
    const { payload } = await verifyWebhook(webhook ?? { body: "", headers: {} }, SECRET, { now: NOW });
    expect(createValidator().event(payload)).toEqual([]);
  }
});

test.each([
  [200, "took one with a bad signature, too (200): it does not verify"],
  [500, "answered 500 to one with a bad signature"],
])("a receiver that does not refuse a bad signature is told of: %i", async (status, words) => {
  using folder = workFolder();
  await using receiver = await startReceiver([200, status]);
  const { exitCode, stderr } = await run(["webhooks", "test", receiver.url, "--secret", SECRET], { cwd: folder.path });
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining(words)]);
});

test("a receiver that does not take the example, or is not there, is told of", async () => {
  using folder = workFolder();
  const options = { cwd: folder.path, env: { INFILL_WEBHOOK_SECRET: SECRET } };
  await using receiver = await startReceiver([500]);
  const refused = await run(["webhooks", "test", receiver.url], options);
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("answered 500")]);
  const nobody = await run(["webhooks", "test", "localhost:1/hook"], options);
  expect([nobody.exitCode, nobody.stderr]).toEqual([
    1,
    expect.stringContaining("http://localhost:1/hook did not answer"),
  ]);
});

test.each([
  [["webhooks", "test", "3000", "--type", "job.lost"], "--type job.lost: allowed are job.succeeded"],
  [["webhooks", "test", "3000", "--secret", "hunter2"], "A signing secret must be whsec_"],
  [["webhooks", "listen"], "npx infill webhooks listen --help"],
  [["webhooks", "create", "ftp://a.test"], "is no address; it looks like localhost:3000/hook"],
  [["webhooks", "events", "--latest", "--after", "x"], "--latest and --after: one of them"],
  [["webhooks", "events", "--latest", "--limit", "500"], "--limit 500: a whole number from 1 to 100"],
  [["webhooks", "create", "https://a.test", "--types", "job.lost"], "--types job.lost: allowed are job.succeeded"],
  [["webhooks", "rotate", "whe_1", "--overlap-hours", "169"], "--overlap-hours 169: a whole number from 0 to 168"],
])("%j is refused before anything is sent", async (argv, words) => {
  using folder = workFolder();
  const { exitCode, stderr } = await run(argv, { cwd: folder.path });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(words)]);
});

test("without a secret one is made, shown, and used", async () => {
  using folder = workFolder();
  await using receiver = await startReceiver([200]);
  const { stderr } = await run(["webhooks", "test", receiver.url], { cwd: folder.path });
  const [secret = ""] = /whsec_\S+/.exec(stderr) ?? [];
  expect(receiver.verify(secret, receiver.received[0], NOW)).toMatchObject({ type: "job.succeeded" });
});

test("replaying asks the API, and its refusal is told", async () => {
  using folder = workFolder();
  await using api = await startFakeApi(({ path }, res) =>
    path === `/v1/events/${EVENT.id}/replay`
      ? json(res, 202, EVENT)
      : problem(res, 409, { code: "invalid_request", detail: "Nobody is told of it", retryable: false }),
  );
  const done = await run(["webhooks", "replay", EVENT.id], { cwd: folder.path, url: api.url });
  expect([done.exitCode, done.stdout]).toEqual([0, `${EVENT.id} (job.succeeded) is on its way again.\n`]);
  const refused = await run(["webhooks", "replay", "evt_x"], { cwd: folder.path, url: api.url });
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("Nobody is told of it")]);
});

test("an event's receivers are named, and those that are disabled when it is delivered again", async () => {
  using folder = workFolder();
  const [on, off] = [`whe_${"1".repeat(26)}`, `whe_${"2".repeat(26)}`];
  const delivered = { state: "delivered", attempts: 1, lastStatus: 200 };
  const given = { state: "failed", attempts: 8, lastStatus: 410 };
  const event = {
    ...EVENT,
    delivery: delivered,
    endpoints: [
      { id: on, ...delivered },
      { id: off, ...given },
    ],
  };
  const endpoint = (id: string, enabled: boolean) => ({ id, object: "webhook", url: `https://${id}.test/`, enabled });
  await using api = await startFakeApi(({ path, method }, res) => {
    if (path === "/v1/webhooks") return json(res, 200, { data: [endpoint(on, true), endpoint(off, false)] });
    return method === "POST" ? json(res, 202, event) : json(res, 200, { data: [event], hasMore: false, next: "n" });
  });
  const at = { cwd: folder.path, url: api.url };
  expect((await run(["webhooks", "events"], at)).stdout).toContain(
    `the job's own delivered (1), ${on} delivered (1), ${off} failed (8, last 410)\n`,
  );
  const replayed = await run(["webhooks", "replay", EVENT.id], at);
  expect(replayed.stdout).toContain("is on its way again");
  expect(replayed.stderr).toBe(
    `${off} (https://${off}.test/) is disabled and skipped; enable it first: npx infill webhooks enable ${off}\n`,
  );
});

test("events are listed, and where to read on", async () => {
  using folder = workFolder();
  await using api = await startFakeApi((_, res) => json(res, 200, { data: [EVENT], hasMore: true, next: "bmV4dA" }));
  const { stdout, stderr } = await run(["webhooks", "events", "--limit", "1"], { cwd: folder.path, url: api.url });
  expect(api.calls()).toEqual(["GET /v1/events?limit=1"]);
  expect(stdout).toMatch(/evt_0{26}\s+job\.succeeded\s+job_0{26}/);
  expect(stderr).toContain("infill webhooks events --after bmV4dA");
});

test("an endpoint is registered, listed, given another secret, enabled and removed", async () => {
  using folder = workFolder();
  await using t = await startTestStack();
  await using receiver = await startReceiver([200]);
  const infill = async (...argv: string[]) => {
    const ran = await run(["webhooks", ...argv], { cwd: folder.path, url: t.url, env: { INFILL_API_KEY: t.key } });
    expect([ran.stderr, ran.exitCode]).toEqual(["", 0]);
    return ran.stdout;
  };
  const created = await infill("create", receiver.url, "--types", "job.succeeded,job.failed");
  const [id = ""] = /^whe_\w{26}/.exec(created) ?? [];
  const [secret = ""] = /whsec_\S{44}/.exec(created) ?? [];
  expect(await infill("list")).toMatch(new RegExp(`${id}\\s+${receiver.url}\\s+job.succeeded,job.failed\\s+enabled`));
  expect(await infill("rotate", id, "--overlap-hours", "2")).toContain(
    "The old one signs, too, until 2026-01-01T02:00:00.000Z.\n",
  );
  const rotated = (await infill("rotate", id, "--overlap-hours", "1", "--quiet")).trim();

  const job = await t.edit();
  await t.advanceUntil(() => receiver.received.length === 1);
  await t.quiet();
  const [webhook] = receiver.received;
  for (const each of [secret, rotated]) {
    expect(receiver.verify(each, webhook, t.clock.now())).toMatchObject({ type: "job.succeeded", data: job });
    const verified = await verifyWebhook(webhook ?? { body: "", headers: {} }, each, { now: t.clock.now() });
    expect(verified.payload).toMatchObject({ data: { id: job.id } });
  }
  expect(await infill("events")).toMatch(/delivered \(1\)/);
  expect(await infill("enable", id)).toBe(`${id} (${receiver.url}) is told of what happens from now on.\n`);
  expect(await infill("delete", id)).toBe(`${id} is told nothing any more.\n`);
  expect(await infill("list")).toBe("No webhook endpoints yet.\n");
});

test("what a job's own webhook is signed with is printed, and verifies it", async () => {
  using folder = workFolder();
  await using t = await startTestStack();
  await using receiver = await startReceiver([200]);
  const at = { cwd: folder.path, url: t.url, env: { INFILL_API_KEY: t.key } };
  const { stdout, stderr, exitCode } = await run(["webhooks", "secret"], at);
  expect([stdout, stderr, exitCode]).toEqual([expect.stringMatching(/^whsec_\S{44}\n$/), "", 0]);
  const secret = stdout.trim();
  expect(JSON.parse((await run(["webhooks", "secret", "--json"], at)).stdout)).toEqual({
    object: "webhook_secret",
    secrets: [secret],
  });
  const { id } = await t.edit({ webhook: receiver.url });
  await t.advanceUntil(() => receiver.received.length === 1);
  expect(receiver.verify(secret, receiver.received[0], t.clock.now())).toMatchObject({ data: { id } });
});

test("while the deployment's secret is being replaced both are printed, the new one first", async () => {
  using folder = workFolder();
  const secrets = [SECRET, `whsec_${Buffer.alloc(24, 8).toString("base64")}`];
  await using api = await startFakeApi((_, res) => json(res, 200, { object: "webhook_secret", secrets }));
  const { stdout } = await run(["webhooks", "secret"], { cwd: folder.path, url: api.url });
  expect([api.calls(), stdout]).toEqual([["GET /v1/webhooks/secret"], `${secrets.join("\n")}\n`]);
});

test("listening hands over what a real stack says, each event once, although the list repeats the last minute", async () => {
  await using t = await startTestStack();
  const first = await t.edit();
  t.elapse(10);
  const stop = new AbortController();
  const heard: string[] = [];
  let looks = 0;
  await listen({
    events: async (query) => (await t.api(`/v1/events?${new URLSearchParams(query)}`)).json(),
    after: first.createdAt,
    clock: {
      now: () => t.clock.now(),
      sleep: async () => {
        looks += 1;
        if (looks === 2) await t.edit();
        if (looks === 4) stop.abort();
      },
    },
    signal: stop.signal,
    onEvent: async ({ data }) => void heard.push(data?.id ?? ""),
  });
  const { data } = await (await t.api("/v1/events")).json();
  expect(heard).toEqual(data.map((event: { data: { id: string } }) => event.data.id));
  expect(heard).toHaveLength(2);
});

test("what happens is posted to a receiver on this machine until Ctrl-C", async () => {
  using folder = workFolder();
  await using receiver = await startReceiver([200]);
  await using api = await startFakeApi((_, res) => json(res, 200, { data: [EVENT], hasMore: false, next: "bmV4dA" }));
  const argv = ["webhooks", "listen", "--forward", receiver.url, "--secret", SECRET];
  const { exitCode, stdout } = await run(argv, { cwd: folder.path, url: api.url, stopAfter: 2 });
  expect([exitCode, stdout]).toEqual([0, `${EVENT.id} job.succeeded ${EVENT.data.id} → 200\n`]);
  expect(api.calls()).toEqual([
    "GET /v1/events?after=2026-01-01T00%3A00%3A00.000Z&limit=100",
    "GET /v1/events?after=bmV4dA&limit=100",
  ]);
  expect(receiver.received).toHaveLength(1);
  expect(receiver.verify(SECRET, receiver.received[0], NOW)).toMatchObject({ type: EVENT.type, data: EVENT.data });
});

test.each([
  ["localhost:3000/x", "http://localhost:3000/x"],
  ["3000/x", "http://localhost:3000/x"],
  ["app.example.com/hook", "https://app.example.com/hook"],
  ["https://app.example.com/hook", "https://app.example.com/hook"],
])("an endpoint is registered as %s, too", async (address, url) => {
  using folder = workFolder();
  const endpoint = { id: "whe_1", object: "webhook", url, types: [], enabled: true, secret: SECRET };
  await using api = await startFakeApi((_, res) => json(res, 201, endpoint));
  await run(["webhooks", "create", address], { cwd: folder.path, url: api.url });
  expect(api.bodyOf("POST", "/v1/webhooks")).toEqual({ url });
});

test("the newest events are found by reading on from the last hour, the last day, and the beginning", async () => {
  using folder = workFolder();
  const event = (n: number) => ({
    ...EVENT,
    id: `evt_${n}`,
    delivery: { state: "failed", attempts: 8, lastStatus: 0 },
  });
  await using api = await startFakeApi(({ path }, res) => {
    const after = new URL(path, "http://a.test").searchParams.get("after");
    if (after === "more") return json(res, 200, { data: [event(3)], hasMore: false, next: "end" });
    if (after === null) return json(res, 200, { data: [event(1), event(2)], hasMore: true, next: "more" });
    return json(res, 200, { data: [event(3)], hasMore: false, next: "end" });
  });
  const { stdout, stderr } = await run(["webhooks", "events", "--latest", "--limit", "2"], {
    cwd: folder.path,
    url: api.url,
  });
  expect(stdout.match(/evt_\d/g)).toEqual(["evt_2", "evt_3"]);
  expect(stdout).toContain("failed (8, no answer)");
  expect(stderr).toBe("");
  expect(api.calls()).toEqual([
    "GET /v1/events?limit=100&after=2025-12-31T23%3A00%3A00.000Z",
    "GET /v1/events?limit=100&after=2025-12-31T00%3A00%3A00.000Z",
    "GET /v1/events?limit=100",
    "GET /v1/events?limit=100&after=more",
  ]);
});
