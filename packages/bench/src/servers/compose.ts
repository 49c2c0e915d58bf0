import { createS3Presigner } from "@infill/aws/presign";
import { type ApiKey, makeApiKey, randomIds } from "@infill/core";
import { createApi } from "@infill/functions/api";
import { systemClock } from "@infill/local/clock";
import { createSqliteRecords } from "@infill/local/records";

const none = () => Promise.reject(new Error("a benchmark of uploads reaches no storage and no engine"));

/**
 * The API as deployed, on SQLite records and a presigner: all that `POST /v1/uploads` touches.
 * @param database a file, or `:memory:`
 */
export function composeApi(database: string) {
  const records = createSqliteRecords({ path: database });
  const signer = createS3Presigner({
    bucket: "pictures",
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "an example of a secret access key" },
  });
  const silent = () => {};
  const app = createApi({
    records,
    objects: { ...signer, readStart: none, read: none, write: none, create: none, remove: none, removeAll: none },
    engine: { start: none, complete: none },
    catalogue: {
      models: () => [],
      model: () => undefined,
      unavailable: () => undefined,
      aliases: () => ({}),
      fallbacks: () => [],
      slots: () => undefined,
    },
    clock: systemClock,
    ids: randomIds,
    log: { info: silent, warn: silent, error: silent },
    namespace: "infill/bench",
    refuseWebhook: () => undefined,
    links: { keyring: { current: "k1", keys: { k1: "an example of a secret" } }, publicUrl: "http://127.0.0.1" },
    webhookSecrets: () => [],
    build: "bench",
  });
  return { app, records };
}

/** A key, and the row that the API finds it by. */
export const benchKey = () => makeApiKey(randomIds, systemClock, { tenant: "bench", name: "benchmark" });

/** Makes a database that knows the key. */
export async function makeDatabase(path: string, key: ApiKey): Promise<void> {
  const records = createSqliteRecords({ path });
  await records.putKey(key);
  records.close();
}
