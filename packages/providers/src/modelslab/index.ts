export { createModelsLab, type ModelsLabOptions } from "./adapter.ts";
export { modelsLabModels } from "./models.ts";
