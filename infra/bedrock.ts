import { BEDROCK_REGIONS, BEDROCK_SERVICES, inferenceProfile } from "../packages/providers/src/bedrock/services.ts";
import { allow } from "./function.ts";
import { settings } from "./stage.ts";

/** What the workflow is told and may do where `INFILL_BEDROCK` is set; nothing elsewhere. */
export const bedrock = settings.bedrock === undefined ? { environment: {}, rights: [] } : inRegion(settings.bedrock);

/**
 * A profile spreads the work over its regions, and whoever invokes it must be allowed both the profile and the
 * model in each of them (https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html).
 */
function inRegion(region: string) {
  const account = aws.getCallerIdentityOutput().accountId;
  const services = Object.values(BEDROCK_SERVICES);
  return {
    environment: { INFILL_BEDROCK: region },
    rights: [
      allow(
        ["bedrock:InvokeModel"],
        ...services.map(
          (service) =>
            $interpolate`arn:aws:bedrock:${region}:${account}:inference-profile/${inferenceProfile(service)}`,
        ),
        ...services.flatMap((service) =>
          BEDROCK_REGIONS.map((each) => `arn:aws:bedrock:${each}::foundation-model/${service}`),
        ),
      ),
    ],
  };
}
