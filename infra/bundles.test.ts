import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { bundleOf, httpEvent, startFunction } from "./offline/function.ts";
import { functionNames } from "./offline/graph.ts";

const graph = inject("production");
const personal = inject("personal");

/** Bytes of all the JavaScript a function is deployed with. */
const bytesOf = (name: string): number =>
  readdirSync(bundleOf(name))
    .filter((file) => file.endsWith(".mjs"))
    .reduce((sum, file) => sum + statSync(join(bundleOf(name), file)).size, 0);

test.each([
  ["Api", 700],
  // half of it is the HTTP stack, which is loaded when a picture is to be fetched from somewhere
  ["Compat", 1500],
  ["Webhook", 550],
  ["Relay", 550],
  // and the storage of what is erased
  ["Expire", 700],
])("%s is deployed with %d KB of JavaScript at most", (name, kilobytes) => {
  expect(bytesOf(name)).toBeLessThanOrEqual(kilobytes * 1000);
});

test("sharp is in the workflow's bundle alone, for the architecture it runs on", () => {
  const withSharp = functionNames(graph).filter((name) => existsSync(join(bundleOf(name), "node_modules/sharp")));
  expect(withSharp).toEqual(["InpaintHandler"]);
  const binaries = (bundle: string) =>
    readdirSync(join(bundle, "node_modules/@img")).filter((name) => name.startsWith("sharp-linux"));
  expect(binaries(bundleOf("InpaintHandler"))).toEqual(["sharp-linux-x64"]);
  expect(binaries(join(inject("personalArtifacts"), "InpaintHandler-src"))).toEqual(["sharp-linux-arm64"]);
});

/** What a fresh process with the bundle in it answers to one event. */
async function invoke(name: string, event: object, { stage = graph, env = {} } = {}) {
  const running = await startFunction(stage, name, env);
  onTestFinished(running.close);
  return running.invoke(event);
}

test("the api's bundle starts, and names its build", async () => {
  const answer = await invoke("Api", httpEvent("GET", "/healthz"));
  expect(answer).toMatchObject({ statusCode: 200, headers: { "cache-control": "private, no-store" } });
  expect(JSON.parse(answer.body)).toEqual({ ok: true, build: "test-build" });
});

test("the api's reference lies beside its bundle, and is no part of its JavaScript", async () => {
  const running = await startFunction(graph, "Api");
  onTestFinished(running.close);
  const specification = await running.invoke(httpEvent("GET", "/openapi.json"));
  expect(JSON.parse(specification.body)).toMatchObject({ openapi: "3.1.1" });
  const page = await running.invoke(httpEvent("GET", "/docs"));
  expect(page).toMatchObject({ statusCode: 200, headers: { "content-type": "text/html; charset=utf-8" } });
});

test("the webhook's bundle starts, and knows a forged capability without asking anyone", async () => {
  const answer = await invoke("Webhook", httpEvent("POST", "/webhooks/modelslab/job_x.1.9999999999.k1.AAAA"));
  expect(answer).toMatchObject({ statusCode: 404, headers: { "content-type": "application/problem+json" } });
});

test("the relay's bundle starts", async () => {
  expect(await invoke("Relay", { Records: [] })).toEqual({ batchItemFailures: [] });
});

/** What a workflow says of an event that begins no execution. A bundle that does not load says that the function ended. */
const NOT_DURABLE = /^(?!The function).*durable/i;

test("the workflow's bundle starts where Bedrock and moderation are turned on, and there is no vendor's key", async () => {
  const event = { detail: { durableExecutionArn: "nothing" } };
  // what is linked lies beside the bundle, which is the other stage's
  const secret = JSON.stringify({ value: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
  const env = { SST_RESOURCE_ModerationSecret: secret };
  await expect(invoke("InpaintHandler", event, { stage: personal, env })).rejects.toThrow(NOT_DURABLE);
});

test.each(["Expire", "NotifyHandler", "InpaintHandler"])("%s's bundle starts", async (name) => {
  // all find that this is no event of theirs, by code of ours
  await expect(invoke(name, { detail: { durableExecutionArn: "nothing" } })).rejects.toThrow(NOT_DURABLE);
});
