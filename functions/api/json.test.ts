import { Hono } from "hono";
import { expect, test } from "vitest";
import { readJson } from "./json.ts";

const app = new Hono()
  .post("/", async (c) => c.json(await readJson(c)))
  .onError((error, c) => c.text(error.message, 400));

const send = (body: string) =>
  app.request("/", { method: "POST", body, headers: { "content-type": "application/json" } });

test.each([
  ["numbers", `[${"1,".repeat(3_000_000)}1]`],
  ["empty objects", `{"a":[${"{},".repeat(2_000_000)}{}]}`],
  ["fields", `{${'"a":1,'.repeat(1_000_000)}"b":1}`],
])("a body of millions of %s is refused before it is parsed", async (_, body) => {
  const answer = await send(body);
  expect([answer.status, await answer.text()]).toEqual([400, "The body has more than 20000 values"]);
});

test("commas and brackets in a text are no values", async () => {
  const text = `[{,"${",".repeat(50_000)}`;
  expect(await (await send(JSON.stringify({ text }))).json()).toEqual({ text });
});
