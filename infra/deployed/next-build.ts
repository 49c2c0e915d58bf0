import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph } from "../offline/graph.ts";
import type { Deployment } from "./deployment.ts";

/** What the next build is called. */
export const NEXT_BUILD = "next-build";
/** How it calls the workflow's steps. */
export const RENAMED = { claim: "take", prepare: "make-ready", finish: "paste", close: "tidy" };

/**
 * The build after a deployment's: the same, but that it has another name, and other names for the
 * workflow's steps – a replay of what the first build began would fit none of them.
 * @param directory where its bundles go
 */
export function nextBuild({ graph, artifacts }: Deployment, directory: string): Deployment {
  rmSync(directory, { recursive: true, force: true });
  cpSync(artifacts, directory, { recursive: true });
  const bundle = join(directory, "InpaintHandler-src");
  const files = readdirSync(bundle).filter((file) => file.endsWith(".mjs"));
  for (const [step, name] of Object.entries(RENAMED)) {
    const changed = files.filter((file) => {
      const text = readFileSync(join(bundle, file), "utf8");
      const renamed = text.replaceAll(`.step("${step}",`, `.step("${name}",`);
      writeFileSync(join(bundle, file), renamed);
      return renamed !== text;
    });
    if (changed.length !== 1) throw new Error(`The bundle has no step ${step}`);
  }
  const text = JSON.stringify(graph)
    .replaceAll(/("infill-[\w-]+Handler[\w-]+):1"/g, '$1:2"')
    .replaceAll('"BUILD":"test-build"', `"BUILD":"${NEXT_BUILD}"`);
  return { graph: JSON.parse(text) as Graph, artifacts: directory };
}
