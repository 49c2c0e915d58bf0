export const VENDOR = "fal";
export const QUEUE_URL = "https://queue.fal.run";
/** Where the keys are that callbacks are signed with. */
export const JWKS_URL = "https://rest.alpha.fal.ai/.well-known/jwks.json";

export const MODEL_PATH = "/fal-ai/flux-pro/v1/fill";
/** Work is asked for under the app alone, without the model's own path in it. */
export const REQUESTS_PATH = "/fal-ai/flux-pro/requests";
