export type { OneMinBehaviour, OneMinRule } from "./1min/behaviour.ts";
export type { RefusalName as OneMinRefusal } from "./1min/refusals.ts";
export { type OneMinOptions, type OneMinSimulator, startOneMin } from "./1min/start.ts";
export type { OneMinWork } from "./1min/work.ts";
export type { BedrockRefusal } from "./bedrock/refusals.ts";
export {
  type BedrockBehaviour,
  type BedrockOptions,
  type BedrockSimulator,
  type BedrockWork,
  startBedrock,
} from "./bedrock/start.ts";
export { BFL_REFUSALS, type BflBehaviour, type BflRefusal } from "./bfl/behaviour.ts";
export { type BflOptions, type BflSimulator, type BflWork, startBfl } from "./bfl/start.ts";
export { FAL_REFUSALS, type FalBehaviour, type FalRefusal } from "./fal/behaviour.ts";
export { type FalOptions, type FalSimulator, type FalWork, startFal } from "./fal/start.ts";
export type { LinkFault } from "./files.ts";
export type { IdeogramBehaviour, IdeogramRefusal, IdeogramRule } from "./ideogram/behaviour.ts";
export { type IdeogramOptions, type IdeogramSimulator, startIdeogram } from "./ideogram/start.ts";
export type { Behaviour, FetchStep, Rule } from "./modelslab/behaviour.ts";
export { CALLBACK_PLANS, type CallbackPlan, type CallbackStep, type SentCallback } from "./modelslab/callbacks.ts";
export type { Job as ModelsLabJob } from "./modelslab/jobs.ts";
export type { LinkKind } from "./modelslab/links.ts";
export type { ErrorShape, ErrorStatus, Refusal, RefusalName } from "./modelslab/refusals.ts";
export { type ModelsLabOptions, type ModelsLabSimulator, startModelsLab } from "./modelslab/start.ts";
export type { OpenAiBehaviour, OpenAiRule } from "./openai/behaviour.ts";
export type { OpenAiRefusal, OpenAiRefusalName } from "./openai/refusals.ts";
export { type OpenAiOptions, type OpenAiSimulator, startOpenAi } from "./openai/start.ts";
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
export type { Work } from "./vendor.ts";
