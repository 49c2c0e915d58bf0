import { type AwsEngine, createAwsEngine } from "@infill/aws/engine";
import { credentials, endpointOf, required } from "./environment.ts";
import { clock } from "./system.ts";

/** A function that has no business with a workflow is not told its name, and has no right to start it. */
const NOBODY = "not-told:0";

/** The deployment's workflows. */
export const engine = (): AwsEngine =>
  createAwsEngine({
    region: required("AWS_REGION"),
    credentials: async () => credentials(),
    functions: {
      inpaint: process.env["INPAINT_FUNCTION"] ?? NOBODY,
      notify: process.env["NOTIFY_FUNCTION"] ?? NOBODY,
    },
    clock,
    ...endpointOf("LAMBDA"),
  });
