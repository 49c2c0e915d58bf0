import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createDynamoRecords } from "@infill/aws/records";
import { onDynoxide } from "@infill/aws/testing";
import type { Records } from "@infill/core";
import { createSqliteRecords } from "@infill/local";
import { systemClock } from "@infill/local/clock";
import { afterAll, afterEach, beforeAll, beforeEach, describe, vi } from "vitest";
import { deployedStage, parameterStore } from "./parameter-store.ts";
import { run, workFolder } from "./run.ts";

/** Whoever runs a stage: their command line, and its records. */
export interface Operator {
  infill(...argv: string[]): ReturnType<typeof run>;
  records: Records;
}

/** Tests of commands that open records: on a deployed stage `dev`, and on the local stack's file. */
export function onEachStage(name: string, tests: (operator: () => Operator) => void): void {
  onDynoxide(`${name} of a deployed stage`, (on) => {
    let table: string;
    let operator: Operator;
    beforeEach(async () => {
      const { endpoint, credentials, region } = on.dynoxide();
      // as the SDK finds them on a developer's machine
      vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", endpoint);
      vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
      vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
      vi.stubEnv("AWS_REGION", region);
      table ??= await on.dynoxide().makeTable();
      vi.stubEnv("AWS_ENDPOINT_URL_SSM", await parameterStore({ "/infill/dev/operator": deployedStage({ table }) }));
      operator = {
        records: createDynamoRecords({ table, client: on.connect(), clock: systemClock }),
        async infill(...argv) {
          using folder = workFolder();
          return run([...argv, "--stage", "dev"], { cwd: folder.path, env: { AWS_REGION: region } });
        },
      };
    });
    afterEach(() => vi.unstubAllEnvs());
    tests(() => operator);
  });

  describe(`${name} of the local stack`, () => {
    let folder: ReturnType<typeof workFolder>;
    let records: ReturnType<typeof createSqliteRecords>;
    beforeAll(() => {
      folder = workFolder();
      mkdirSync(join(folder.path, ".infill"));
      records = createSqliteRecords({ path: join(folder.path, ".infill", "records.sqlite") });
    });
    afterAll(() => {
      records.close();
      folder[Symbol.dispose]();
    });
    tests(() => ({ records, infill: (...argv) => run(argv, { cwd: folder.path }) }));
  });
}
