import { InfillError, type Objects } from "@infill/core";
import { Resource } from "sst/resource";
import { credentials, endpointOf, required, storageRegion } from "./environment.ts";
import { lazily } from "./lazily.ts";

declare module "sst" {
  interface Resource {
    // of stages whose pictures are in R2, which the generated types may not know
    PicturesKey: { accessKeyId: string; secretAccessKey: string; type: "sst.sst.Linkable" };
  }
}

/** The deployment's pictures. */
export const objects = (): Objects =>
  lazily(async () =>
    (await import("@infill/aws")).createS3Objects({
      bucket: required("BUCKET"),
      region: storageRegion(),
      credentials: async () => storageKey() ?? credentials(),
      ...endpointOf("S3"),
    }),
  );

/**
 * The key of storage that knows no roles; `undefined` where it does.
 * @throws InfillError `internal` when nobody has set one yet
 */
function storageKey(): { accessKeyId: string; secretAccessKey: string } | undefined {
  if (!("PicturesKey" in Resource)) return undefined;
  const { accessKeyId, secretAccessKey } = Resource.PicturesKey;
  if (accessKeyId === "" || secretAccessKey === "")
    throw new InfillError("internal", "Storage has no key yet: set R2AccessKeyId and R2SecretAccessKey, and deploy");
  return { accessKeyId, secretAccessKey };
}
