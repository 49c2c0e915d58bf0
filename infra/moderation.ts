import { signingSecret } from "./secrets.ts";
import { settings } from "./stage.ts";

/**
 * What the workflow is told of the operator's moderation, where `INFILL_MODERATION_URL` is set. Questions are signed
 * with a secret that no tenant knows: made here, unless `sst secret set ModerationSecret whsec_…` says otherwise.
 */
export const moderation =
  settings.moderation === undefined ? { environment: {}, link: [] } : asked(settings.moderation);

function asked({ url, onFailure }: NonNullable<typeof settings.moderation>) {
  const key = new random.RandomBytes("ModerationSigningKey", { length: 32 }).base64;
  return {
    environment: { INFILL_MODERATION_URL: url, INFILL_MODERATION_ON_FAILURE: onFailure },
    link: [signingSecret("ModerationSecret", $interpolate`whsec_${key}`)],
  };
}
