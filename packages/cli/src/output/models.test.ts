import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { endedBecause, endsSoon, type ModelRecord } from "@infill/core";
import { localModels } from "@infill/local";
import { aliases, registry } from "@infill/providers";
import { createHttp } from "@infill/providers/http";
import { describe, expect, test } from "vitest";
import type { ModelView } from "../api/types.ts";
import { composeProviders } from "../stack/providers.ts";
import { isLacking, modelsInMarkdown, whyNot } from "./models.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const models: readonly ModelRecord[] = [...localModels, ...Object.values(registry).flatMap((entry) => entry.models)];
const views = models.map(({ provider, ...rest }): ModelView => ({ ...rest, owned_by: provider, available: true }));

test("the README has the table that `infill models --markdown` prints", () => {
  expect(read("README.md")).toContain(`<!-- models -->\n${modelsInMarkdown(views)}\n<!-- /models -->`);
});

test("the documentation says what short names stand for", () => {
  const document = read("docs/models.md");
  for (const [name, [first = "", ...others]] of Object.entries(aliases)) {
    expect(document).toContain(`\`${name}\``);
    if (others.length > 0) expect(document).toContain([first, ...others].map((id) => `\`${id}\``).join(", "));
  }
});

test("why models cannot be used is said once a reason", () => {
  const because = (id: string, unavailableBecause?: string) => ({ id, unavailableBecause });
  expect(whyNot([because("a/1", "no key"), because("b/1"), because("a/2", "no key"), because("c/1", "off")])).toEqual([
    "a/1, a/2 cannot be used: no key",
    "c/1 cannot be used: off",
  ]);
});

test("a vendor without what it needs is named in the reason, and told from a model that has ended", async () => {
  const http = createHttp();
  const access = { http: { inside: http, outside: http }, reachable: () => false, clock: { now: () => 0 } };
  const { catalogue } = await composeProviders({}, access);
  await http.close();
  for (const [provider, { secretName, setting }] of Object.entries(registry)) {
    const reasons = catalogue
      .models()
      .flatMap((model) => (model.provider === provider ? [catalogue.unavailable(model)] : []));
    const words =
      setting === undefined ? `there is no key for ${provider}; set ${secretName}` : `${provider} is off; set`;
    for (const reason of reasons) expect([reason, isLacking(reason)]).toEqual([expect.stringContaining(words), true]);
    expect(reasons).not.toHaveLength(0);
  }
  expect([undefined, "it ended on 2026-12-01; use acme/paint-2"].map(isLacking)).toEqual([false, false]);
});

describe("no example names a model that has ended, or soon will have", () => {
  const documents = ["README.md", ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)];
  const commands = readdirSync(join(ROOT, "packages/cli/src/commands")).map(
    (name) => `packages/cli/src/commands/${name}`,
  );
  const NAMED = /(?:"?model"?: ?\[?|--model |model=)"?([a-z0-9]+\/[a-z0-9.-]+)/g;
  const examples = [...documents, ...commands]
    .filter((path) => /\.(md|ts)$/.test(path) && !path.endsWith(".test.ts"))
    .flatMap((path) => [...read(path).matchAll(NAMED)].map(([, id = ""]): [string, string] => [path, id]));

  test.each(examples)("%s: %s", (_, id) => {
    const model = models.find((each) => each.id === id) ?? expect.fail(`there is no model ${id}`);
    for (const day of ["2026-11-25", "2027-01-01"].map((date) => Date.parse(date)))
      expect([endedBecause(model, day), endsSoon(model, day)]).toEqual([undefined, false]);
  });
});
