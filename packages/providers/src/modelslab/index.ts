import type { ProviderCode } from "../load.ts";
import { createModelsLab } from "./adapter.ts";
import { checkModelsLabKey } from "./check-key.ts";

export const provider: ProviderCode = { create: createModelsLab, checkKey: checkModelsLabKey };
