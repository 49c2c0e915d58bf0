import type { Runtime } from "../runtime.ts";

/** The functions' clock, for a test that moves it; where nobody can, the test is skipped under the runtime's reason. */
export function functionsClock({ clock }: Runtime, skip: (reason: string) => never) {
  return "advance" in clock ? clock : skip(clock.cannotAdvance);
}
