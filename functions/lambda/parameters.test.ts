import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { KEEP_MS, parameterReader } from "./parameters.ts";

/** Parameter Store with one parameter, and a clock. */
async function store() {
  const state = { value: "first", status: 200, asked: 0, now: 0, requests: [] as unknown[] };
  const server = createServer(async (request, response) => {
    state.asked++;
    state.requests.push({ target: request.headers["x-amz-target"], body: await json(request) });
    response.writeHead(state.status).end(JSON.stringify({ Parameter: { Value: state.value } }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const read = parameterReader({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: () => ({ accessKeyId: "AKIA", secretAccessKey: "secret" }),
    now: () => state.now,
  })("/infill/test/providers/modelslab");
  return { state, read };
}

test("a parameter is read decrypted, and once for a minute's callers", async () => {
  const { state, read } = await store();
  expect(await Promise.all([read(), read(), read()])).toEqual(["first", "first", "first"]);
  expect(state.requests).toEqual([
    {
      target: "AmazonSSM.GetParameter",
      body: { Name: "/infill/test/providers/modelslab", WithDecryption: true },
    },
  ]);
});

test("a rotated value arrives after a minute", async () => {
  const { state, read } = await store();
  await read();
  state.value = "second";
  state.now = KEEP_MS - 1;
  expect(await read()).toBe("first");
  state.now = KEEP_MS;
  expect(await read()).toBe("second");
});

test("what cannot be read is said by name, and asked for again", async () => {
  const { state, read } = await store();
  state.status = 400;
  await expect(read()).rejects.toThrow("The parameter /infill/test/providers/modelslab cannot be read: 400");
  state.status = 200;
  expect(await read()).toBe("first");
});
