import { registry } from "@infill/providers";
import { createHttp } from "@infill/providers/http";
import { type Behaviour, startModelsLab } from "@infill/simulators";
import { expect, onTestFinished, test } from "vitest";
import { checkVendorKeys, type KeyRing, keysOf, keysOfStage } from "./vendor-keys.ts";

const KEY = "a-good-key-0123456789";

async function ask(ring: KeyRing, behaviour: Behaviour = {}) {
  const modelsLab = await startModelsLab({ keys: [KEY], behaviour });
  const http = createHttp({ allowLoopback: true });
  onTestFinished(async () => {
    await http.close();
    await modelsLab.close();
  });
  const findings = await checkVendorKeys(ring, http, { modelslab: modelsLab.url });
  expect(modelsLab.jobs).toEqual([]);
  expect(JSON.stringify(findings)).not.toContain(KEY);
  return findings.find(({ about }) => about === "modelslab key");
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
  expect(asked).toEqual(Object.keys(registry).map((provider) => `/infill/dev/providers/${provider}`));
});

test("a key that cannot be read is broken", async () => {
  const denied: KeyRing = { ...keysOf({}), read: () => Promise.reject(new Error("not authorized")) };
  expect(await ask(denied)).toMatchObject({ state: "broken", says: "it cannot be read: not authorized" });
});
