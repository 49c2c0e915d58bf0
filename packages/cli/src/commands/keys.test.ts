import { createDynamoRecords } from "@infill/aws/records";
import { onDynoxide } from "@infill/aws/testing";
import { authenticate } from "@infill/core";
import { systemClock } from "@infill/local/clock";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deployedStage, parameterStore } from "../testing/parameter-store.ts";
import { run, workFolder } from "../testing/run.ts";

onDynoxide("keys of a deployed stage", (on) => {
  let table: string;
  beforeEach(async () => {
    const { endpoint, credentials, region } = on.dynoxide();
    // as the SDK finds them on a developer's machine
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", endpoint);
    vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
    vi.stubEnv("AWS_REGION", region);
    table ??= await on.dynoxide().makeTable();
    vi.stubEnv("AWS_ENDPOINT_URL_SSM", await parameterStore({ "/infill/dev/operator": deployedStage({ table }) }));
  });
  afterEach(() => vi.unstubAllEnvs());

  const keys = (...argv: string[]) => {
    using folder = workFolder();
    return run(["keys", "create", ...argv], { cwd: folder.path, env: { AWS_REGION: on.dynoxide().region } });
  };

  test("a key is made, works, and is kept as a hash", async () => {
    const { exitCode, stdout } = await keys("--stage", "dev", "--name", "iOS app", "--tenant", "acme", "--json");
    expect(exitCode).toBe(0);
    const { id, key } = JSON.parse(stdout) as { id: string; key: string };
    const records = createDynamoRecords({ table, client: on.connect(), clock: systemClock });
    expect(await authenticate({ records, clock: systemClock }, `Bearer ${key}`)).toMatchObject({
      tenant: "acme",
      keyId: id,
    });
    expect(JSON.stringify(await records.getKey(id))).not.toContain(key);
  });

  test("the key alone, for a script", async () => {
    expect((await keys("--stage", "dev", "--quiet")).stdout).toMatch(/^key_[0-9a-z]{26}_[\w-]{43}\n$/);
  });

  test.each([
    ["a stage that is not there", ["--stage", "production"], 1, "There is no stage production in"],
    ["a tenant that is no name", ["--stage", "dev", "--tenant", "A/B"], 2, "--tenant A/B"],
    ["no stage", [], 2, "--stage"],
  ])("%s is one clear line", async (_, argv, code, words) => {
    const { exitCode, stderr } = await keys(...argv);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(words);
  });
});
