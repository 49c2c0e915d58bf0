import { ProviderFailure } from "@infill/core";

/**
 * The configured key of a vendor.
 * @param accepted whether the work that it is needed for was taken already
 * @throws ProviderFailure `provider_unavailable` where there is none
 */
export async function configuredKey(
  vendor: string,
  key: () => Promise<string>,
  accepted: "no" | "yes",
): Promise<string> {
  const text = await key();
  if (text !== "") return text;
  throw new ProviderFailure("provider_unavailable", `No key for ${vendor} is configured`, {
    accepted,
    retryable: false,
  });
}
