/**
 * Where Amazon sells Stability's edit services: its profiles of the United States alone, which spread the work over
 * these regions (https://docs.aws.amazon.com/bedrock/latest/userguide/stable-image-services.html).
 */
export const BEDROCK_REGIONS = ["us-east-1", "us-east-2", "us-west-2"] as const;

/** Bedrock's foundation models, by ours. */
export const BEDROCK_SERVICES = {
  "bedrock/stability-inpaint": "stability.stable-image-inpaint-v1:0",
  "bedrock/stability-erase": "stability.stable-image-erase-object-v1:0",
} as const;

/** What is invoked in place of a foundation model: the profile that spreads its work over the regions. */
export const inferenceProfile = (service: string): string => `us.${service}`;
