import type { ProviderCode } from "../load.ts";
import { createOneMin } from "./adapter.ts";

export const provider: ProviderCode = { create: (deps) => createOneMin(deps) };
