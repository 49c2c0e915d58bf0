export { INVARIANTS, type InvariantNumber, type Violation } from "./law.ts";
export { MUTANTS } from "./mutants.ts";
export { type Outcome, simulate } from "./run.ts";
export { shrink } from "./shrink.ts";
