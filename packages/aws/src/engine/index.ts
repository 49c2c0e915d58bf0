export { type AwsEngine, type AwsEngineOptions, createAwsEngine } from "./engine.ts";
