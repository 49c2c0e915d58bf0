import type { ProviderCode } from "../load.ts";
import { createOpenAi } from "./adapter.ts";
import { checkOpenAiKey } from "./check-key.ts";

export const provider: ProviderCode = { create: createOpenAi, checkKey: checkOpenAiKey };
