import type { ProviderCode } from "../load.ts";
import { createOneMin } from "./adapter.ts";
import { checkOneMinKey } from "./check-key.ts";

export const provider: ProviderCode = { create: (deps) => createOneMin(deps), checkKey: checkOneMinKey };
