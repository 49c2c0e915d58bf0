export { type Dynoxide, noDynoxide, startDynoxide } from "./dynoxide.ts";
export { type OnDynoxide, onDynoxide } from "./on-dynoxide.ts";
