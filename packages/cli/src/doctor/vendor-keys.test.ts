import { createHttp } from "@infill/providers/http";
import { type Behaviour, startModelsLab } from "@infill/simulators";
import { expect, onTestFinished, test } from "vitest";
import { checkVendorKeys, type KeyRing, keysOf, keysOfStage } from "./vendor-keys.ts";

const KEY = "a-good-key-0123456789";

async function ask(ring: KeyRing, behaviour: Behaviour = {}, about = "modelslab key") {
  const modelsLab = await startModelsLab({ keys: [KEY], behaviour });
  const http = createHttp({ allowLoopback: true });
  onTestFinished(async () => {
    await http.close();
    await modelsLab.close();
  });
  const findings = await checkVendorKeys(ring, http, { modelslab: modelsLab.url });
  expect(modelsLab.jobs).toEqual([]);
  expect(JSON.stringify(findings)).not.toContain(KEY);
  return findings.find((finding) => finding.about === about);
}

test("a good key is good", async () => {
  expect(await ask(keysOf({ MODELSLAB_API_KEY: KEY }))).toMatchObject({ state: "ok", says: "ModelsLab takes it" });
});

test("a bad key is broken, with the way to another", async () => {
  expect(await ask(keysOf({ MODELSLAB_API_KEY: "mistyped" }))).toMatchObject({
    state: "broken",
    todo: expect.stringContaining("export MODELSLAB_API_KEY"),
  });
});

test.each(["rate-limit", "html-500", "reset"] as const)("with %s nobody can tell", async (fetch) => {
  expect(await ask(keysOf({ MODELSLAB_API_KEY: KEY }), { fetch })).toMatchObject({
    state: "unknown",
    says: expect.stringMatching(/^could not tell: /),
  });
});

test("no key is only said", async () => {
  expect(await ask(keysOf({}))).toMatchObject({ state: "unknown", says: "there is none" });
});

test.each([
  [KEY, "ok", "ModelsLab takes it"],
  ["unset", "unknown", "there is none"],
  [undefined, "unknown", "there is none"],
])("a stage's key is the parameter that its workflow reads: %s is %s", async (value, state, says) => {
  const asked: string[] = [];
  const read = async (name: string) => {
    asked.push(name);
    // the other vendors' keys would be asked after where those are
    return name.endsWith("/modelslab") ? value : undefined;
  };
  const ring = keysOfStage("dev", { parameters: { read }, providerKeys: "/infill/dev/providers/" });
  expect(await ask(ring)).toMatchObject({ state, says });
  expect(asked).toContain("/infill/dev/providers/modelslab");
});

test("a vendor that needs no key is on or off by its setting", async () => {
  const about = (ring: KeyRing) => ask(ring, {}, "bedrock");
  expect(await about(keysOf({ INFILL_BEDROCK: "us-west-2" }))).toMatchObject({
    state: "unknown",
    says: expect.stringContaining("INFILL_BEDROCK turns it on in us-west-2"),
  });
  expect(await about(keysOf({}))).toMatchObject({
    says: "it is off",
    todo: expect.stringContaining("export INFILL_BEDROCK"),
  });
  const read = async (name: string) => (name.endsWith("/bedrock") ? expect.fail("it has no key") : undefined);
  const ring = keysOfStage("dev", { parameters: { read }, providerKeys: "/infill/dev/providers/" });
  expect(await about(ring)).toMatchObject({ state: "unknown", says: expect.stringContaining("it needs no key") });
});

test("a key that cannot be read is broken", async () => {
  const denied: KeyRing = { ...keysOf({}), read: () => Promise.reject(new Error("not authorized")) };
  expect(await ask(denied)).toMatchObject({ state: "broken", says: "it cannot be read: not authorized" });
});
