export { arm } from "./arm.ts";
export { claim } from "./claim.ts";
export { close, giveUp } from "./close.ts";
export { finish } from "./finish.ts";
export { look } from "./look.ts";
export { moderate } from "./moderate.ts";
export { prepare } from "./prepare.ts";
export { interrupted, submit } from "./submit.ts";
