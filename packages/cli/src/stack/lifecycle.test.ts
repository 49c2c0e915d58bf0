import { registry } from "@infill/providers";
import { startOneMin, startOpenAi, type Time } from "@infill/simulators";
import { expect, onTestFinished, test } from "vitest";
import { during, openAiClient, pngFile, withHole } from "./testing/openai.ts";
import { startTestStack } from "./testing/test-stack.ts";

const KEY = "simulated-key";
const NOVEMBER = Date.UTC(2026, 10, 25);
const NEXT_YEAR = Date.UTC(2027, 0, 1);
const ENDING = Object.values(registry)
  .flatMap(({ models }) => models)
  .filter(({ shutdownAt }) => shutdownAt !== undefined);

/** A stack on that day, with OpenAI and, unless it is left out, 1min.ai. */
async function stackOn(startAt: number, { oneMin = true } = {}) {
  const t = await startTestStack({
    startAt,
    async vendors(time: Time) {
      const openAi = await startOpenAi({ keys: [KEY], time });
      onTestFinished(() => openAi.close());
      const openai = { key: KEY, baseUrl: openAi.url, simulated: true };
      if (!oneMin) return { openai };
      const oneMinAi = await startOneMin({ keys: [KEY], time });
      onTestFinished(() => oneMinAi.close());
      return { openai, "1min": { key: KEY, baseUrl: oneMinAi.url, simulated: true } };
    },
  });
  onTestFinished(() => t[Symbol.asyncDispose]());
  return t;
}

test.each(ENDING)(
  "$id is refused from its day on, naming what to use instead",
  async ({ id, successor, shutdownAt }) => {
    const t = await stackOn(Date.parse(shutdownAt ?? ""));
    const answer = await t.ask({ model: id, prompt: "a hat" });
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { code: "provider_unavailable", retryable: false, successor, pointer: "/model" },
    ]);
    expect(await (await t.api(`/v1/models/${id}`)).json()).toMatchObject({
      available: false,
      unavailableBecause: `it ended on ${shutdownAt}; use ${successor}`,
    });
  },
);

test("within sixty days of its end a model works, with a warning and a Sunset header", async () => {
  const t = await stackOn(NOVEMBER);
  const model = "openai/gpt-image-1-mini";
  const asked = await t.ask({ model, prompt: "a hat" });
  expect(asked.headers.get("sunset")).toBe("Tue, 01 Dec 2026 00:00:00 GMT");
  const { id } = (await asked.json()) as { id: string };
  expect(await t.finish(id)).toMatchObject({
    status: "succeeded",
    warnings: [`${model} ends on 2026-12-01; use openai/gpt-image-2.5-flare`],
  });
});

test("OpenAI's format has the Sunset header, too, of a model that ends", async () => {
  const t = await stackOn(NOVEMBER);
  const image = await pngFile(await withHole());
  const sunsetOf = async (model: string) => {
    const edit = openAiClient(t).images.edit({ model, image, prompt: "a hat", stream: false }).withResponse();
    return (await during(t, edit)).response.headers.get("sunset");
  };
  expect(await sunsetOf("openai/gpt-image-1.5")).toBe("Tue, 01 Dec 2026 00:00:00 GMT");
  expect(await sunsetOf("openai/gpt-image-2.5-flare")).toBeNull();
});

test.each([
  ["goes past a route that ends soon", NOVEMBER, true, "1min/gpt-image-1-mini"],
  ["goes to it where there is no other", NOVEMBER, false, "openai/gpt-image-1-mini"],
  ["goes to what is left next year", NEXT_YEAR, true, "1min/gpt-image-1-mini"],
])("a short name %s", async (_, day, oneMin, model) => {
  const t = await stackOn(day, { oneMin });
  expect(await t.edit({ model: "gpt-image-1-mini", prompt: "a hat" })).toMatchObject({ status: "succeeded", model });
  expect(await (await t.api("/v1/models/gpt-image-1-mini")).json()).toMatchObject({
    owned_by: "infill",
    available: true,
    alias: { models: ["openai/gpt-image-1-mini", "1min/gpt-image-1-mini"], now: model },
  });
});

test("a short name of which nothing is left says so of each", async () => {
  const t = await stackOn(NEXT_YEAR, { oneMin: false });
  const refused = (await (await t.ask({ model: "gpt-image-1-mini", prompt: "a hat" })).json()) as { detail: string };
  expect(refused.detail).toContain("openai/gpt-image-1-mini: it ended on 2026-12-01; use openai/gpt-image-2.5-flare");
  expect(refused.detail).toContain("1min/gpt-image-1-mini: there is no key for 1min");
});
