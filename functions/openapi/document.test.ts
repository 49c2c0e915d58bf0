import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { expect, test } from "vitest";
import { createApi } from "../api/app.ts";
import type { ApiDeps } from "../api/context.ts";
import { buildDocument } from "./document.ts";
import { generatedFiles } from "./files.ts";
import { OPERATIONS } from "./operations.ts";

test.each(generatedFiles())("$path is what the code says; `npm run openapi` writes it", ({ path, text }) => {
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("a linter finds nothing wrong with the specification", async () => {
  const config = await createConfig({
    extends: ["recommended-strict"],
    rules: {
      "operation-2xx-response": "off", // a redirect is a success
      "operation-4xx-response": "off", // there is nothing to refuse in a question of health
    },
  });
  const problems = await lintFromString({
    source: JSON.stringify(buildDocument()),
    absoluteRef: "openapi.json",
    config,
  });
  expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
});

test("every route of the API is an operation, and every operation a route", () => {
  const { routes } = createApi({} as ApiDeps);
  const written = routes
    .filter(({ method }) => method !== "ALL")
    .map(
      ({ method, path }) =>
        `${method} ${path.replace("/models/:id{.+}", "/models/{model}").replaceAll(/:(\w+)/g, "{$1}")}`,
    );
  expect(new Set(written)).toEqual(new Set(OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`)));
});
