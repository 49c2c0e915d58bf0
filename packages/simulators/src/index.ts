export type { Behaviour, FetchStep, Rule } from "./modelslab/behaviour.ts";
export { CALLBACK_PLANS, type CallbackPlan, type CallbackStep, type SentCallback } from "./modelslab/callbacks.ts";
export type { Job as ModelsLabJob } from "./modelslab/jobs.ts";
export type { LinkFault, LinkKind } from "./modelslab/links.ts";
export type { ErrorShape, ErrorStatus, Refusal, RefusalName } from "./modelslab/refusals.ts";
export { type ModelsLabOptions, type ModelsLabSimulator, startModelsLab } from "./modelslab/start.ts";
export { DRIFT_LEVELS, type PaintJob, paint } from "./paint.ts";
export type { LoggedRequest } from "./request-log.ts";
export { type ManualTime, manualTime, systemTime, type Time } from "./time.ts";
