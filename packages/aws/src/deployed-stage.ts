/** What an operator's tools need to know of a deployed stage: infra writes it, the CLI reads it. */
export interface DeployedStage {
  /** Where callers reach the API, without a trailing slash. */
  url: string;
  /** Of the records. */
  table: string;
  /** Workflows as `{function}:{version}`: what is started is the version that was deployed last. */
  functions: { inpaint: string; notify: string };
  /** URL of the queue of what could not be started or ended. */
  lostQueue: string;
  /** Parameters with the vendors' keys are called this and the vendor's name. */
  providerKeys: string;
  /** How long records are kept, days. */
  recordDays: number;
}

/** The parameter in Parameter Store that holds a stage's {@link DeployedStage} as JSON. It has no secret in it. */
export const stageParameter = (app: string, stage: string): string => `/${app}/${stage}/operator`;
