import type { Receiver } from "@infill/functions/testing";
import type { Recorder } from "./record.ts";
import type { TestStack } from "./test-stack.ts";

const UNKNOWN = "0".repeat(26);
/** Models that the example of the list shows: all of them would fill pages. */
const SHOWN = ["local/fill", "modelslab/inpaint", "stable-image"];

/** What the specification shows of every operation, asked of a stack that is there for nothing else. */
export async function playExamples(t: TestStack, { ask, event }: Recorder, receiver: Receiver): Promise<void> {
  const { image, white: mask } = t;
  const idOf = ({ id }: Record<string, unknown>): string => String(id);

  // uploads
  const png = { contentType: "image/png", contentLength: 482_113 };
  await ask({
    operation: "createUploads",
    name: "several",
    summary: "A photo and its mask",
    json: {
      uploads: [
        { purpose: "image", ...png },
        { purpose: "mask", contentType: "image/png", contentLength: 9120 },
      ],
    },
  });
  const signed = await ask({ operation: "createUploads", name: "one", summary: "One photo", json: png });
  await ask({
    operation: "createUploads",
    name: "heic",
    summary: "A format that cannot be used",
    json: { contentType: "image/heic", contentLength: 1_204_555 },
  });
  const pending = { parameters: { id: idOf(signed) } };
  await ask({ operation: "getUpload", name: "received", summary: "It is there", parameters: { id: image } });
  await ask({ operation: "getUpload", name: "pending", summary: "Nothing came yet", ...pending });
  const unknownUpload = { parameters: { id: `ast_${UNKNOWN}` } };
  await ask({ operation: "getUpload", name: "unknown", summary: "No such upload", ...unknownUpload });
  await ask({ operation: "renewUpload", name: "renewed", summary: "A new URL", ...pending });

  // models
  await ask({ operation: "getModel", name: "model", summary: "A model", parameters: { model: "modelslab/inpaint" } });
  await ask({ operation: "getModel", name: "alias", summary: "A short name", parameters: { model: "stable-image" } });
  await ask({ operation: "getModel", name: "unknown", summary: "No such model", parameters: { model: "acme/paint" } });
  const list = await ask({ operation: "listModels", name: "models", summary: "Three of them" });
  list["data"] = (list["data"] as { id: string }[]).filter(({ id }) => SHOWN.includes(id));

  // edits
  const erase = { model: "local/fill", operation: "erase", image, mask };
  await ask({
    operation: "estimateEdit",
    name: "three",
    summary: "Three results",
    json: { model: "modelslab/inpaint", prompt: "a red balloon", n: 3 },
  });
  await ask({
    operation: "estimateEdit",
    name: "option",
    summary: "An option that the model does not take",
    json: { model: "modelslab/inpaint", prompt: "a red balloon", quality: "high" },
  });
  const done = await ask({
    operation: "createEdit",
    name: "erase",
    summary: "Erase what the mask marks, and hold the answer",
    headers: { "idempotency-key": "order-7", prefer: "wait=25" },
    json: { ...erase, webhook: receiver.url, metadata: { order: "7" } },
  });
  t.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
  const running = await ask({
    operation: "createEdit",
    name: "replace",
    summary: "Paint something there, and be told by a webhook",
    headers: { "idempotency-key": "order-8" },
    json: {
      model: ["modelslab/inpaint", "local/fill"],
      prompt: "a red balloon",
      image,
      mask,
      user: "ann",
      edit: { feather: 6 },
      webhook: receiver.url,
    },
  });
  await t.quiet();
  await ask({
    operation: "createEdit",
    name: "mismatch",
    summary: "The same key for another request",
    headers: { "idempotency-key": "order-7" },
    json: { ...erase, metadata: { order: "8" } },
  });
  await ask({
    operation: "createEdit",
    name: "typo",
    summary: "A field that there is not",
    json: { ...erase, promt: "a red balloon" },
  });
  await ask({
    operation: "createEdit",
    name: "unusable",
    summary: "A model without a key",
    json: { model: "stability/erase", operation: "erase", image, mask },
  });
  await ask({ operation: "createEdit", name: "stranger", summary: "A wrong key", json: erase, key: "key_wrong" });

  // jobs
  const of = (job: Record<string, unknown>) => ({ parameters: { id: idOf(job) } });
  await ask({ operation: "getJob", name: "succeeded", summary: "It has ended", ...of(done) });
  await ask({ operation: "getJob", name: "running", summary: "It goes on", ...of(running) });
  await ask({
    operation: "getJob",
    name: "unchanged",
    summary: "As it was",
    ...of(done),
    headers: { "if-none-match": "*" },
  });
  const unknownJob = { parameters: { id: `job_${UNKNOWN}` } };
  await ask({ operation: "getJob", name: "unknown", summary: "No such job", ...unknownJob });
  await ask({ operation: "getPreview", name: "none", summary: "The model shows none", ...of(running) });
  await ask({ operation: "cancelJob", name: "asked", summary: "While it goes on", ...of(running) });
  await t.finish(idOf(running));
  await ask({ operation: "cancelJob", name: "ended", summary: "It had ended", ...of(running) });
  await ask({
    operation: "getResult",
    name: "result",
    summary: "The edited photo",
    parameters: { id: idOf(done), n: "0" },
  });
  await ask({
    operation: "getResult",
    name: "none",
    summary: "No such result",
    parameters: { id: idOf(done), n: "1" },
  });
  const [result] = done["results"] as { link: string }[];
  const token = result?.link.split("/r/")[1] ?? "";
  await ask({ operation: "openLink", name: "link", summary: "By a result's link", parameters: { token } });
  await ask({ operation: "openLink", name: "expired", summary: "A link that is wrong", parameters: { token: "x" } });
  await ask({ operation: "listJobs", name: "page", summary: "The newest one", query: "limit=1" });
  await ask({ operation: "listJobs", name: "limit", summary: "A page too large", query: "limit=1000" });

  // events
  await t.advanceUntil(() => receiver.received.length === 2);
  await t.quiet();
  const page = await ask({
    operation: "listEvents",
    name: "since",
    summary: "From a time on",
    query: "after=2026-09-01T00:00:00Z&limit=1",
  });
  const [told] = page["data"] as { id: string }[];
  await ask({ operation: "listEvents", name: "cursor", summary: "A cursor that is none", query: "after=yesterday" });
  await ask({
    operation: "replayEvent",
    name: "again",
    summary: "To the job's webhook",
    parameters: { id: told?.id ?? "" },
  });
  const unknownEvent = { parameters: { id: `evt_${UNKNOWN}` } };
  await ask({ operation: "replayEvent", name: "unknown", summary: "No such event", ...unknownEvent });
  await t.advanceUntil(() => receiver.received.length === 3);

  // the budget, and how a job fails
  t.modelsLab.behave({ refuse: "bad-request" });
  const balloon = { model: "modelslab/inpaint", prompt: "a red balloon", image, mask };
  await t.edit({ ...balloon, webhook: receiver.url });
  await t.records.setBudgetLimit("local", 1);
  await ask({ operation: "createEdit", name: "budget", summary: "More than the budget covers", json: balloon });

  // access
  const minted = await ask({
    operation: "createToken",
    name: "token",
    summary: "Three edits for half a dollar",
    json: { user: "ann", jobs: 3, spendMicroUsd: 500_000, models: ["local/fill", "modelslab/inpaint"] },
  });
  const phone = { key: String(minted["token"]) };
  await ask({ operation: "createToken", name: "phone", summary: "A phone", json: { user: "ann" }, ...phone });
  await ask({ operation: "getMe", name: "key", summary: "A key" });
  await ask({ operation: "getMe", name: "token", summary: "A client token", ...phone });
  await ask({ operation: "getUsage", name: "models", summary: "By model", query: "by=model&from=2026-09-01" });
  await ask({ operation: "getUsage", name: "day", summary: "A day there is not", query: "from=2026-02-30" });
  await ask({ operation: "listUnreconciled", name: "jobs", summary: "A job that was canceled on its way" });
  await ask({ operation: "getHealth", name: "up", summary: "It is up" });

  await t.advanceUntil(() => receiver.received.length === 4);
  const words = { succeeded: "A job succeeded", canceled: "A job was canceled", failed: "A job failed" };
  for (const [name, summary] of Object.entries(words)) {
    const body = receiver.received.map((webhook) => webhook.body).find((text) => text.includes(`"job.${name}"`));
    if (body === undefined) throw new Error(`No webhook told that a job ${name}`);
    event(name, summary, body);
  }

  // reporting
  await ask({
    operation: "reportJob",
    name: "said",
    summary: "What is wrong with it",
    ...of(done),
    json: { reason: "privacy", text: "That is me" },
  });
  await ask({
    operation: "reportJob",
    name: "reason",
    summary: "A reason that is none",
    ...of(done),
    json: { reason: "ugly" },
  });

  // blocking
  const user = { parameters: { user: "ben" } };
  await ask({ operation: "blockUser", name: "blocked", summary: "From now on", ...user });
  await ask({ operation: "createToken", name: "blocked", summary: "A user who is blocked", json: { user: "ben" } });
  await ask({ operation: "unblockUser", name: "lifted", summary: "From now on", ...user });

  // registered endpoints
  const hook = { url: "https://app.example.com/hooks/all" };
  const registered = await ask({
    operation: "createWebhook",
    name: "failures",
    summary: "Told of failures alone",
    json: { ...hook, types: ["job.failed"] },
  });
  await ask({ operation: "createWebhook", name: "twice", summary: "An address that is there already", json: hook });
  await ask({
    operation: "createWebhook",
    name: "inside",
    summary: "An address inside a network",
    json: { url: "https://10.0.0.1/hook" },
  });
  await ask({ operation: "listWebhooks", name: "all", summary: "All of them" });
  await ask({ operation: "getWebhookSecret", name: "secret", summary: "The one that signs" });
  await ask({ operation: "enableWebhook", name: "enabled", summary: "One that was disabled", ...of(registered) });
  await ask({
    operation: "rotateWebhook",
    name: "hour",
    summary: "The old secret works for an hour more",
    ...of(registered),
    json: { overlapSeconds: 3600 },
  });
  await ask({ operation: "deleteWebhook", name: "removed", summary: "One that is there", ...of(registered) });
  await ask({ operation: "deleteWebhook", name: "unknown", summary: "One that is not", ...of(registered) });

  // erasing
  await ask({ operation: "deleteJob", name: "erased", summary: "One that has ended", ...of(done) });
  await ask({ operation: "deleteJob", name: "unknown", summary: "No such job", ...unknownJob });
  await ask({ operation: "deleteUser", name: "erased", summary: "All of a user", parameters: { user: "ann" } });
}
