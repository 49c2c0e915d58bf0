import { loadProvider } from "@infill/providers";
import { createHttp } from "@infill/providers/http";
import { startHttp } from "@infill/providers/testing/servers";
import { type Behaviour, startModelsLab } from "@infill/simulators";
import { expect, onTestFinished, test } from "vitest";

const KEY = "a-good-key-0123456789";
const http = createHttp({ allowLoopback: true });

async function ask(baseUrl: string, key = KEY) {
  const { checkKey } = await loadProvider("modelslab");
  if (checkKey === undefined) throw new Error("no check");
  return checkKey({ http, key: async () => key, baseUrl });
}

async function simulator(behaviour: Behaviour = {}) {
  const modelsLab = await startModelsLab({ keys: [KEY], behaviour });
  onTestFinished(() => modelsLab.close());
  return modelsLab;
}

async function answering(status: number, body: string) {
  const server = await startHttp((_, response) => response.writeHead(status).end(body));
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server.origin;
}

const spellings = (["message", "object", "messege", "failed"] as const).flatMap((errorShape) =>
  (["ok", "mixed", "real"] as const).map((errorStatus) => ({ errorShape, errorStatus })),
);

test.each(spellings)("a good key works and a bad one is refused, spelled %o", async (spelling) => {
  const modelsLab = await simulator(spelling);
  expect(await ask(modelsLab.url)).toEqual({ key: "works", says: "ModelsLab takes it" });
  expect(await ask(modelsLab.url, "a-bad-key")).toMatchObject({ key: "refused" });
});

test("nothing is submitted, and nothing is billed", async () => {
  const modelsLab = await simulator();
  await ask(modelsLab.url);
  expect([modelsLab.jobs.length, modelsLab.billed]).toEqual([0, 0]);
  expect(modelsLab.requests.map(({ path }) => path)).toEqual(["/api/v6/image_editing/fetch/0"]);
});

test.each(["rate-limit", "html-500", "html-503", "reset"] as const)("%s proves nothing", async (fetch) => {
  const modelsLab = await simulator({ fetch });
  expect(await ask(modelsLab.url)).toMatchObject({ key: "unclear" });
});

test("a vendor that is down proves nothing", async () => {
  const modelsLab = await simulator();
  await modelsLab.close();
  expect(await ask(modelsLab.url)).toMatchObject({ key: "unclear", says: expect.stringContaining("did not answer") });
});

test.each([
  [200, "<html>welcome</html>"],
  [200, "[]"],
  [200, '{"status":"error","message":"Your account has no active subscription"}'],
  [200, '{"status":"failed","message":"Failed, Try Again"}'],
  [404, '{"status":"error","message":"Not found"}'],
  [500, '{"status":"error","message":"Server error"}'],
])("%i %s proves nothing", async (status, body) => {
  expect(await ask(await answering(status, body))).toMatchObject({ key: "unclear" });
});

test("an account without credit is no working key", async () => {
  const broke = await answering(402, '{"status":"error","message":"You have insufficient credits."}');
  expect(await ask(broke)).toMatchObject({ key: "refused", says: expect.stringContaining("topped up") });
});

test("a vendor that repeats the key is not quoted with it", async () => {
  const echo = await answering(401, JSON.stringify({ status: "error", message: `Invalid Api Key ${KEY}` }));
  const { says } = await ask(echo);
  expect(says).toContain("Invalid Api Key");
  expect(says).not.toContain(KEY);
});
