import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { authenticate, reservationOf, spendingQuotas } from "@infill/core";
import { sampleEnd, sampleJob } from "@infill/core/testing";
import { createSqliteRecords } from "@infill/local";
import { expect, onTestFinished, test, vi } from "vitest";
import { onEachStage } from "../testing/each-stage.ts";
import { parameterStore } from "../testing/parameter-store.ts";
import { run, workFolder } from "../testing/run.ts";

/** Where the command line's own clock stands. */
const clock = { now: () => Date.UTC(2026, 0, 1) };

onEachStage("keys", (operator) => {
  const create = async (...argv: string[]) => {
    const { stdout } = await operator().infill("keys", "create", "--json", ...argv);
    return JSON.parse(stdout) as { id: string; key: string };
  };
  const whoHas = (key: string, { now } = clock) =>
    authenticate({ records: operator().records, clock: { now } }, `Bearer ${key}`);

  test("a key is made, works, and is kept as a hash", async () => {
    const { id, key } = await create("--name", "iOS app", "--tenant", "acme");
    expect(await whoHas(key)).toMatchObject({ tenant: "acme", keyId: id, scopes: ["edit", "read", "tokens", "admin"] });
    const row = await operator().records.getKey(id);
    expect(row).toMatchObject({ name: "iOS app" });
    expect(JSON.stringify(row)).not.toContain(key);
  });

  test("a key has the scopes, limits and end it was given", async () => {
    const { key } = await create(
      ...["--scopes", "tokens, read", "--expires", "2026-02-01", "--month", "50", "--per-minute", "60"],
      ...["--user-day", "0.25", "--user-per-minute", "6"],
    );
    expect(await whoHas(key)).toMatchObject({
      scopes: ["read", "tokens"],
      limits: { month: 50_000_000, perMinute: 60 },
      userLimits: { day: 250_000, perMinute: 6 },
    });
    await expect(whoHas(key, { now: () => Date.UTC(2026, 1, 1) })).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("the key alone, for a script", async () => {
    const { stdout } = await operator().infill("keys", "create", "--quiet");
    expect(stdout).toMatch(/^key_[0-9a-z]{26}_[\w-]{43}\n$/);
  });

  test("keys are listed, never with what would open anything, and revoked at once", async () => {
    const [old, next] = [await create("--tenant", "rotating", "--name", "old"), await create("--tenant", "rotating")];
    // both work while the new one is handed out
    for (const { key } of [old, next]) await whoHas(key);
    const revoked = await operator().infill("keys", "revoke", old.id);
    expect(revoked.stdout).toContain(`${old.id} (old) is revoked`);
    await expect(whoHas(old.key)).rejects.toMatchObject({ code: "unauthorized" });
    expect(await whoHas(next.key)).toMatchObject({ keyId: next.id });

    const { stdout } = await operator().infill("keys", "list", "--tenant", "rotating", "--json");
    const listed = JSON.parse(stdout) as { id: string; createdAt: string; revokedAt?: string }[];
    expect(new Map(listed.map(({ id, revokedAt }) => [id, revokedAt]))).toEqual(
      new Map([
        [old.id, new Date(clock.now()).toISOString()],
        [next.id, undefined],
      ]),
    );
    expect(stdout).not.toContain("hash");
    const { stdout: shown } = await operator().infill("keys", "list");
    expect(shown).toMatch(new RegExp(`${old.id} +old +rotating +revoked +all`));
  });

  test("a key that is given whole is revoked by its id, and not repeated", async () => {
    const { id, key } = await create("--tenant", "leaving");
    const { stdout } = await operator().infill("keys", "revoke", key);
    expect(stdout).toBe(`${id} (first key) is revoked, and so are the tokens it minted.\n`);
    await expect(whoHas(key)).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("a key that is not there is not revoked", async () => {
    expect(await operator().infill("keys", "revoke", "key_nobody")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("There is no key key_nobody"),
    });
  });

  test.each([
    [["--tenant", "A/B"], "--tenant A/B"],
    [["--scopes", "edit,write"], "--scopes write: allowed are edit, read, tokens, admin"],
    [["--expires", "2025-12-31"], "--expires 2025-12-31: a date to come"],
    [["--user-day", "5 dollars"], "--user-day 5 dollars: dollars, such as"],
    [["--per-minute", "0"], "--per-minute 0: a whole number from 1"],
  ])("%j is bad usage, in one clear line", async (argv, words) => {
    const { exitCode, stderr } = await operator().infill("keys", "create", ...argv);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(words);
  });

  test("budgets are set by dollars, a part at a time, and lifted", async () => {
    const budget = async (...argv: string[]) =>
      JSON.parse((await operator().infill("budget", "--json", "--tenant", "spender", ...argv)).stdout);
    const nothing = { unit: "microUsd", used: 0 };
    expect(await budget()).toEqual({
      tenant: "spender",
      reservedMicroUsd: 0,
      settledMicroUsd: 0,
      unreconciledMicroUsd: 0,
      periods: ["total", "month", "day"].map((period) => ({ ...nothing, period })),
    });
    await budget("--total", "100", "--month", "25", "--day", "0.5");
    expect((await budget("--day", "none")).periods).toEqual([
      { ...nothing, period: "total", limit: 100_000_000, left: 100_000_000 },
      { ...nothing, period: "month", limit: 25_000_000, left: 25_000_000 },
      { ...nothing, period: "day" },
    ]);
    expect(await operator().records.getLimits("spender")).toEqual({ month: 25_000_000 });
    const lifted = await operator().infill("budget", "--tenant", "spender", "--total", "none");
    expect(lifted.stdout).toMatch(/spender: \$0 settled.*\nlimit: \$25\.00 a month\n/);
    expect((await operator().infill("budget", "--day", "much")).stderr).toContain("--day much: dollars, such as");
  });
});

test("a budget says what is used and left, by counter where there is a limit and by the books where there is none", async () => {
  using folder = workFolder();
  mkdirSync(join(folder.path, ".infill"));
  const records = createSqliteRecords({ path: join(folder.path, ".infill", "records.sqlite") });
  onTestFinished(() => records.close());
  const at = { createdAt: clock.now(), tenant: "local" };
  await records.setLimits("local", { day: 500_000 });
  const caller = { tenant: "local", subject: "k", keyId: "k", scopes: [] };
  const reservations = spendingQuotas(caller, undefined, { day: 500_000 }, clock.now()).map((quota) =>
    reservationOf(quota, 120_000),
  );
  const settlement = { state: "settled" as const, amount: 120_000 };
  const { job } = await records.createJob(sampleJob({ ...at, estimate: 120_000 }), reservations);
  await records.endJob(job.id, sampleEnd(job, { settlement }));
  const { stdout } = await run(["budget"], { cwd: folder.path });
  expect(stdout).toMatch(/^this month +\$0\.12 used$/m);
  expect(stdout).toMatch(/^today +\$0\.12 used since the limit was set +\$0\.38 of \$0\.50 left$/m);
});

test("where no local stack ever ran, it says how to start one", async () => {
  using folder = workFolder();
  const { exitCode, stderr } = await run(["keys", "list"], { cwd: folder.path });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("start one with npx infill serve");
});

test("a stage that is not there is one clear line", async () => {
  using folder = workFolder();
  vi.stubEnv("AWS_ENDPOINT_URL_SSM", await parameterStore({}));
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIALOCAL");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secretsecret");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { exitCode, stderr } = await run(["keys", "list", "--stage", "production"], {
    cwd: folder.path,
    env: { AWS_REGION: "eu-west-1" },
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain("There is no stage production in");
});
