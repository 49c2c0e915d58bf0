import { describe, expect, test } from "vitest";
import { InfillError } from "./errors.ts";
import { parseInput } from "./input.ts";
import type { AskedRequest } from "./job.ts";
import type { ModelRecord } from "./model.ts";
import type { Catalogue } from "./ports.ts";
import { modelsAsked, planRoute } from "./routing.ts";
import { inpaintRequest } from "./schemas.ts";

const base: ModelRecord = {
  id: "",
  provider: "",
  description: "for tests",
  replace: { prompt: "required", defaults: { grow: 0, feather: 0 } },
  maxPromptLength: 100,
  options: { seed: { type: "integer", min: 0, max: 10 }, n: { type: "integer", min: 1, max: 2 } },
  providerOptions: {},
  sizes: { kind: "range", min: 256, max: 1024, multipleOf: 8, preferred: 768 },
  mask: { convention: "white", soft: false },
  outputFormats: ["png"],
  price: { perResult: 2000, source: "test", asOf: "2026-11-20" },
  typicalSeconds: 5,
};
const model = (id: string, change: Partial<ModelRecord> = {}): ModelRecord => ({
  ...base,
  id,
  provider: id.split("/")[0] ?? "",
  ...change,
});

const models = [
  model("acme/paint", { shutdownAt: "2026-12-01", successor: "acme/paint-2" }),
  model("acme/paint-2", { options: {} }),
  model("ink/brush", { providerOptions: { style: { type: "enum", values: ["oil"] } } }),
  model("nokey/pen"),
  model("oil/knife", {
    options: { ...base.options, seed: { type: "integer", min: 0, max: 3 } },
    constraints: [{ given: "n", is: 2, other: "seed" }],
  }),
];
const catalogue: Catalogue = {
  models: () => models,
  model: (id) => models.find((each) => each.id === id),
  unavailable: ({ provider }) => (provider === "nokey" ? "there is no key for nokey" : undefined),
  aliases: () => ({ paint: ["acme/paint", "ink/brush"], old: ["nokey/pen", "acme/paint"], none: ["nokey/pen"] }),
  fallbacks: (name) => (name === "ink/brush" ? ["acme/paint-2"] : []),
  slots: () => undefined,
};

const asset = `ast_${"0".repeat(26)}`;
function asked(change: object): AskedRequest {
  const {
    image: _,
    mask: __,
    ...request
  } = parseInput(inpaintRequest, {
    model: "ink/brush",
    image: asset,
    mask: asset,
    prompt: "a cat",
    ...change,
  });
  return request;
}
const at = (date: string) => Date.parse(date);
const plan = (change: object, date = "2026-11-25") => planRoute(catalogue, asked(change), at(date));
function refusal(change: object, date?: string): InfillError {
  try {
    plan(change, date);
  } catch (error) {
    if (error instanceof InfillError) return error;
  }
  return expect.fail("it should be refused");
}

describe("a model named alone", () => {
  test("is where the edit begins, with what the operator has tried after it", () => {
    expect(plan({})).toMatchObject({ model: { id: "ink/brush" }, left: ["acme/paint-2"], past: [] });
    expect(plan({ model: "acme/paint-2" })).toMatchObject({ left: [], dropped: [] });
  });

  test.each([
    ["acme/crayon", "unsupported_option", /no model "acme\/crayon"; there are paint, old, none, acme\/paint/],
    ["nokey/pen", "provider_unavailable", "nokey/pen cannot be used: there is no key for nokey"],
    ["none", "provider_unavailable", "none cannot be used: there is no key for nokey"],
  ])("%s is refused, saying why", (name, code, message) => {
    expect(refusal({ model: name })).toMatchObject({ code, retryable: false, options: { pointer: "/model" } });
    expect(refusal({ model: name }).message).toMatch(message);
  });

  test("that has ended is refused, naming what to use instead", () => {
    expect(refusal({ model: "acme/paint" }, "2026-12-01")).toMatchObject({
      code: "provider_unavailable",
      options: { details: { successor: "acme/paint-2" } },
    });
  });
});

describe("a short name", () => {
  test.each([
    ["paint", "2026-09-01", "acme/paint"],
    // it ends within sixty days, and another does not
    ["paint", "2026-11-25", "ink/brush"],
    ["paint", "2027-01-01", "ink/brush"],
    // it ends soon, and nobody else can be used
    ["old", "2026-11-25", "acme/paint"],
  ])("%s is on %s %s", (name, date, id) => {
    expect(plan({ model: name }, date).model.id).toBe(id);
  });

  test("of which nothing is left says so of each", () => {
    expect(refusal({ model: "old" }, "2027-01-01").message).toBe(
      "old cannot be used: nokey/pen: there is no key for nokey; acme/paint: it ended on 2026-12-01; use acme/paint-2",
    );
  });
});

describe("a list", () => {
  test("begins with its first, once each, and goes by nobody else's fallbacks", () => {
    const names = ["ink/brush", "acme/paint", "ink/brush"];
    expect(plan({ model: names })).toMatchObject({ model: { id: "ink/brush" }, left: ["acme/paint"], past: [] });
  });

  test("passes over what cannot be used, and says why", () => {
    expect(plan({ model: ["nokey/pen", "ink/brush"] })).toMatchObject({
      model: { id: "ink/brush" },
      past: [
        {
          model: "nokey/pen",
          outcome: "skipped",
          reason: "nokey/pen cannot be used: there is no key for nokey",
          amount: 0,
        },
      ],
    });
  });

  test("passes over what cannot honour the options, unless it may go without", () => {
    const change = { model: ["nokey/pen", "acme/paint-2", "ink/brush"], seed: 7 };
    expect(plan(change)).toMatchObject({
      model: { id: "ink/brush" },
      past: [{ model: "nokey/pen" }, { model: "acme/paint-2", code: "unsupported_option" }],
    });
    expect(plan({ ...change, fallback: { dropOptions: true } })).toMatchObject({
      model: { id: "acme/paint-2" },
      dropped: ["/seed"],
      request: expect.not.objectContaining({ seed: 7 }),
    });
  });

  test("goes without an option that breaks two rules, and says so once", () => {
    const change = { model: ["nokey/pen", "oil/knife"], seed: 7, n: 2 };
    expect(plan({ ...change, fallback: { dropOptions: true } })).toMatchObject({
      model: { id: "oil/knife" },
      dropped: ["/seed"],
    });
  });

  test("never goes without pictures that were asked for", () => {
    const change = { model: ["nokey/pen", "acme/paint-2"], n: 2, fallback: { dropOptions: true } };
    expect(refusal(change)).toMatchObject({ code: "provider_unavailable" });
  });

  test("is refused for what is wrong with its first, whether that can be used or not", () => {
    expect(refusal({ model: ["nokey/pen", "ink/brush"], seed: 11 })).toMatchObject({
      code: "unsupported_option",
      options: { pointer: "/seed" },
    });
  });

  test("is refused for a name there is not, wherever that stands", () => {
    expect(refusal({ model: ["ink/brush", "acme/crayon"] })).toMatchObject({ code: "unsupported_option" });
  });

  test("of which none can be used says so of each", () => {
    expect(refusal({ model: ["nokey/pen", "none"] })).toMatchObject({
      code: "provider_unavailable",
      message: "None of nokey/pen, none can be used: nokey/pen cannot be used: there is no key for nokey",
      options: { details: { tried: [{ model: "nokey/pen" }, { model: "none" }] } },
    });
  });
});

test("the models that an edit may come to be asked of are those of every name, and the operator's, usable or not", () => {
  const idsOf = (model: string | string[]) => modelsAsked(catalogue, { model }).map(({ id }) => id);
  expect(idsOf("ink/brush")).toEqual(["ink/brush", "acme/paint-2"]);
  expect(idsOf(["old", "paint"])).toEqual(["nokey/pen", "acme/paint", "ink/brush"]);
  expect(() => idsOf(["paint", "acme/crayon"])).toThrow("there is no model");
});
