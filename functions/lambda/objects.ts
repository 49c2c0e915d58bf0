import { createS3Objects } from "@infill/aws";
import type { Objects } from "@infill/core";
import { credentials, endpointOf, required } from "./environment.ts";

/** The deployment's pictures. */
export const objects = (): Objects =>
  createS3Objects({
    bucket: required("BUCKET"),
    region: required("AWS_REGION"),
    credentials: async () => credentials(),
    ...endpointOf("S3"),
  });
