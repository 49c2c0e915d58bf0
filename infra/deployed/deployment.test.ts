import { expect, inject, test } from "vitest";
import type { Graph } from "../offline/graph.ts";

/** Resources by name, without what follows from the architecture: sharp's binaries are in the hash of a bundle. */
function sameOnEveryMachine({ resources, outputs }: Graph) {
  const text = JSON.stringify(resources.toSorted((a, b) => (a.urn < b.urn ? -1 : 1)));
  const neutral = text.replaceAll(/"(?:arm64|x86_64)"/g, '"machine"').replaceAll(/\b[0-9a-f]{64}\b/g, "hash");
  return { outputs, resources: JSON.parse(neutral) };
}

test("what runs here differs from production in nothing but the architecture", () => {
  const { graph } = inject("deployment");
  expect(JSON.stringify(graph)).not.toContain('"arm64"');
  expect(sameOnEveryMachine(graph)).toEqual(sameOnEveryMachine(inject("production")));
});
