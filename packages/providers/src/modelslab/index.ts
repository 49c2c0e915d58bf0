export { createModelsLab, type ModelsLabOptions } from "./adapter.ts";
export { checkModelsLabKey } from "./check-key.ts";
export { modelsLabModels } from "./models.ts";
