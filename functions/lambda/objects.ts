import type { Objects } from "@infill/core";
import { credentials, endpointOf, required } from "./environment.ts";
import { lazily } from "./lazily.ts";

/** The deployment's pictures. */
export const objects = (): Objects =>
  lazily(async () =>
    (await import("@infill/aws")).createS3Objects({
      bucket: required("BUCKET"),
      region: required("AWS_REGION"),
      credentials: async () => credentials(),
      ...endpointOf("S3"),
    }),
  );
