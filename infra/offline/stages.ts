import { ACCESS_KEY } from "./aws-outputs.ts";

/** The stages that tests and measurements deploy. */
export const production = {
  stage: "production",
  secrets: { ModelslabApiKey: "a-key-that-nobody-has" },
  env: { INFILL_ALARM_EMAIL: "ops@example.com", INFILL_RESULT_DAYS: "30", INFILL_BUILD: "test-build" },
};

export const atEdge = {
  ...production,
  stage: "edge",
  env: { ...production.env, INFILL_EDGE: "cloudflare", INFILL_EDGE_DOMAIN: "edge.example.com" },
};

export const inR2 = {
  stage: "r2",
  secrets: {
    ...production.secrets,
    R2AccessKeyId: ACCESS_KEY.accessKeyId,
    R2SecretAccessKey: ACCESS_KEY.secretAccessKey,
  },
  env: { ...production.env, INFILL_EDGE: "cloudflare", INFILL_STORAGE: "r2" },
};

/** Somebody's own, with a domain, moderation, a limit of deliveries and no vendor's key. */
export const personal = {
  stage: "ada",
  env: {
    INFILL_LINK_KEY: "2",
    INFILL_DOMAIN: "edit.example.com",
    INFILL_BEDROCK: "us-west-2",
    INFILL_DELIVERIES: "20",
    INFILL_MODERATION_URL: "https://moderation.example.com/edits",
  },
};
