export type { BedrockRefusal } from "./bedrock/refusals.ts";
export {
  type BedrockBehaviour,
  type BedrockOptions,
  type BedrockSimulator,
  type BedrockWork,
  startBedrock,
} from "./bedrock/start.ts";
export type { LinkFault } from "./files.ts";
export type { Behaviour, FetchStep, Rule } from "./modelslab/behaviour.ts";
export { CALLBACK_PLANS, type CallbackPlan, type CallbackStep, type SentCallback } from "./modelslab/callbacks.ts";
export type { Job as ModelsLabJob } from "./modelslab/jobs.ts";
export type { LinkKind } from "./modelslab/links.ts";
export type { ErrorShape, ErrorStatus, Refusal, RefusalName } from "./modelslab/refusals.ts";
export { type ModelsLabOptions, type ModelsLabSimulator, startModelsLab } from "./modelslab/start.ts";
export { DRIFT_LEVELS, type PaintJob, paint } from "./paint.ts";
export type { LoggedRequest } from "./request-log.ts";
export type { StabilityBehaviour, StabilityRefusal } from "./stability/behaviour.ts";
export {
  type StabilityOptions,
  type StabilitySimulator,
  type StabilityWork,
  startStability,
} from "./stability/start.ts";
export { type ManualTime, manualTime, systemTime, type Time } from "./time.ts";
