import { describe } from "vitest";
import { noDynoxide } from "../../packages/aws/src/testing/dynoxide.ts";

/** Tests of the running system. Where this machine cannot run it they are skipped, and the name says why; in CI there is no such excuse. */
export function runsHere(name: string, tests: () => void): void {
  const absent = process.env["CI"] === undefined ? noDynoxide() : undefined;
  describe.skipIf(absent !== undefined)(absent === undefined ? name : `${name} (${absent})`, tests);
}
