import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { endedBecause, endsSoon, usableModel } from "@infill/core";
import { describe, expect, test } from "vitest";
import { aliases } from "./aliases.ts";
import { createCatalogue } from "./catalogue.ts";
import { readCatalogueSettings } from "./catalogue-settings.ts";
import { loadProvider } from "./load.ts";
import { modelsLabModels } from "./modelslab/models.ts";
import { atOnce, registry } from "./registry.ts";

const [inpaint] = modelsLabModels;
if (inpaint === undefined) throw new Error("ModelsLab has a model");

describe("the catalogue", () => {
  test("finds models by id and says why one cannot be used", () => {
    const other = { ...inpaint, id: "other/fill", provider: "other" };
    const catalogue = createCatalogue({
      records: [inpaint, other, { ...inpaint, id: "third/fill", provider: "third" }],
      configured: ["modelslab"],
      reasons: { other: "OTHER_API_KEY is not set" },
    });
    expect(catalogue.models().map(({ id }) => id)).toEqual(["modelslab/inpaint", "other/fill", "third/fill"]);
    expect(catalogue.model("other/fill")).toBe(other);
    expect(catalogue.model("other/none")).toBeUndefined();
    expect(catalogue.models().map((model) => catalogue.unavailable(model))).toEqual([
      undefined,
      "OTHER_API_KEY is not set",
      "The provider third is not configured",
    ]);
  });

  test("refuses two models of one id, and an id under another provider's name", () => {
    expect(() => createCatalogue({ records: [inpaint, inpaint], configured: [] })).toThrow(/Two models/);
    expect(() => createCatalogue({ records: [{ ...inpaint, provider: "x" }], configured: [] })).toThrow("x/…");
  });

  test("takes the operator's price, in whole micro-USD", () => {
    const at = (price: number) =>
      createCatalogue({ records: [inpaint], configured: [], prices: { [inpaint.id]: price } });
    expect(at(0).model(inpaint.id)?.price).toEqual({ perResult: 0, source: "configured", asOf: inpaint.price.asOf });
    for (const price of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => at(price)).toThrow(RangeError);
  });

  test("refuses a price of a short name, which may be several models", () => {
    const other = { ...inpaint, id: "other/fill", provider: "other" };
    const names = { fill: [inpaint.id, other.id] };
    const priced = (name: string) => () =>
      createCatalogue({ records: [inpaint, other], configured: [], aliases: names, prices: { [name]: 1 } });
    expect(priced("fill")).toThrow("fill is a short name: set that of modelslab/inpaint or other/fill");
    expect(priced("fil")).toThrow("A price is set for the model fil, which there is not");
    expect(priced(other.id)().model(other.id)?.price.perResult).toBe(1);
  });
});

describe("a provider's slots", () => {
  const catalogue = (slots: Record<string, number | null> = {}) =>
    createCatalogue({ records: [inpaint], configured: [], atOnce, slots });

  test("are those of its smallest plan, unless the operator has another, or none", () => {
    expect(catalogue().slots("modelslab")).toBe(5);
    expect(catalogue({ modelslab: 15 }).slots("modelslab")).toBe(15);
    expect(catalogue({ modelslab: null }).slots("modelslab")).toBeUndefined();
    expect(catalogue().slots("openai")).toBeUndefined();
  });

  test("of a provider there is not are refused", () => {
    expect(() => catalogue({ modelslabs: 15 })).toThrow("the provider modelslabs, which is none of modelslab");
  });

  test("come from the environment as whole numbers from 1, or null", () => {
    const read = (text: string) => readCatalogueSettings({ INFILL_SLOTS: text }).slots;
    expect(read('{"modelslab":15,"bfl":null}')).toEqual({ modelslab: 15, bfl: null });
    for (const wrong of ['{"modelslab":0}', '{"modelslab":1.5}', '{"modelslab":"5"}', '{"modelslab":1001}', "5", "{"])
      expect(() => read(wrong)).toThrow(/^INFILL_SLOTS is .*: it must be a JSON object such as \{"modelslab":15\}/);
  });
});

describe("the registry", () => {
  test("has a line for every provider's folder", async () => {
    const entries = await readdir(import.meta.dirname, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && entry.name !== "testing");
    expect(Object.keys(registry).toSorted()).toEqual(folders.map(({ name }) => name).toSorted());
  });

  test.each(Object.entries(registry))(
    "%s states its models under its own name",
    (name, { models, secretName, setting }) => {
      expect(models.length).toBeGreaterThan(0);
      for (const model of models) expect(model.provider).toBe(name);
      expect(() => createCatalogue({ records: models, configured: [name] })).not.toThrow();
      expect(secretName ?? setting).toMatch(/^([A-Z][A-Z0-9_]*_API_KEY|INFILL_[A-Z]+)$/);
      expect([secretName, setting].filter((each) => each !== undefined)).toHaveLength(1);
    },
  );

  test.each(Object.keys(registry))("%s's code is in the folder of that name", async (name) => {
    expect(await loadProvider(name)).toEqual(expect.objectContaining({ create: expect.any(Function) }));
  });

  test.each(Object.keys(registry))("%s is held to the contract, before a simulator of that name", async (name) => {
    const packages = join(import.meta.dirname, "../..");
    const [call, simulated, simulators] = await Promise.all([
      readFile(join(packages, `providers/test/${name}.test.ts`), "utf8"),
      readFile(join(packages, "cli/src/simulate.ts"), "utf8"),
      readdir(join(packages, "simulators/src")),
    ]);
    expect(call).toContain("describeProvider(");
    expect(simulated).toMatch(new RegExp(`^  "?${name}"?: \\(`, "m"));
    expect(simulators).toContain(name);
  });

  const options = Object.values(registry)
    .flatMap((entry) => entry.models)
    .flatMap(({ id, providerOptions }) => Object.entries(providerOptions).map(([name, rule]) => ({ id, name, rule })));
  test("says of every option that is about safety which values are safe, the default among them", () => {
    const about = options.filter(({ name }) => /safe|moderat|nsfw|toleran|filter|censor/i.test(name));
    expect(about.map(({ id, name }) => `${id} ${name}`)).toEqual([
      "modelslab/inpaint safetyChecker",
      "bfl/flux-fill safetyTolerance",
      "fal/flux-fill safetyTolerance",
    ]);
    for (const { rule } of about) expect("safe" in rule && rule.safe).toContain(rule.default);
    for (const each of options) expect("safe" in each.rule).toBe(about.includes(each));
  });

  test("has no short name for what there is not, or for what has ended while another has not", () => {
    const models = Object.values(registry).flatMap((entry) => entry.models);
    const catalogue = createCatalogue({ records: models, configured: Object.keys(registry), aliases });
    for (const day of ["2026-11-25", "2027-01-01"].map((date) => Date.parse(date))) {
      for (const [name, ids] of Object.entries(aliases)) {
        const lasting = ids.some((id) => {
          const model = catalogue.model(id);
          return model && endedBecause(model, day) === undefined && !endsSoon(model, day);
        });
        if (lasting) expect(endsSoon(usableModel(catalogue, name, day), day), `${name} on ${day}`).toBe(false);
      }
    }
  });

  test("warns on what is sold of a maker that ends it, or has ended it", () => {
    const models = Object.values(registry).flatMap((entry) => entry.models);
    const nameOf = ({ id }: { id: string }) => id.split("/")[1] ?? "";
    // OpenAI's page of deprecations has this one, which it serves no more
    const ends = new Map([["gpt-image-1", "2026-10-23"]]);
    for (const model of models) if (model.shutdownAt !== undefined) ends.set(nameOf(model), model.shutdownAt);
    const sold = models.filter((model) => model.shutdownAt === undefined && ends.has(nameOf(model)));
    expect(sold.map(({ id }) => id)).toEqual(["1min/gpt-image-1-mini", "1min/gpt-image-1"]);
    for (const model of sold) expect(model.warnings?.join(), model.id).toContain(ends.get(nameOf(model)));
  });

  /** Where each says itself what it costs. */
  const OWN: Readonly<Record<string, string>> = {
    openai: "developers.openai.com",
    stability: "platform.stability.ai",
    ideogram: "ideogram.ai",
    bfl: "skills.sh/black-forest-labs",
    fal: "fal.ai",
    bedrock: "aws.amazon.com",
  };
  test.each(Object.values(registry).flatMap((entry) => entry.models))(
    "$id has its price from whoever sells it, or says that it is assumed",
    ({ provider, price: { source, asOf } }) => {
      const own = OWN[provider];
      const theirs = own !== undefined && source.replace("https://", "").startsWith(own);
      expect(theirs || source.startsWith("assumed"), source).toBe(true);
      expect(asOf).toMatch(/^\d{4}-\d\d-\d\d$/);
    },
  );

  test("is read without loading an HTTP client", async () => {
    const script = `
      import { createRequire } from "node:module";
      const { registry } = await import("@infill/providers");
      await import("@infill/providers/catalogue");
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("undici"));
      const before = loaded();
      await import("@infill/providers/http");
      console.log(JSON.stringify([Object.keys(registry).length > 0, before, loaded()]));`;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: import.meta.dirname,
    });
    expect(JSON.parse(stdout)).toEqual([true, false, true]);
  });
});
