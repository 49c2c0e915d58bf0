import { type CatalogueSettings, readCatalogueSettings } from "@infill/providers/catalogue-settings";

/** What infra says to a function: names and addresses. Secrets come by `Resource` and by parameter. */
interface Environment {
  AWS_REGION: string;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
  AWS_SESSION_TOKEN: string;
  /** Where callers reach the API, without a trailing slash. */
  PUBLIC_URL: string;
  /** App and stage: `infill/production`. */
  NAMESPACE: string;
  BUILD: string;
  /** `INFO`, `WARN` or `ERROR`: lines below it are not written. */
  LOG_LEVEL: string;
  /** How long records are kept, days. */
  RECORD_DAYS: string;
  BUCKET: string;
  /** How many answers this function may hold at one time. */
  HELD_ANSWERS: string;
  TABLE: string;
  /** `{function}:{version}`: what is started is the version that was deployed with the caller. */
  INPAINT_FUNCTION: string;
  NOTIFY_FUNCTION: string;
  /** Names of the vendors that have a key, or need none and are turned on, with commas between. */
  PROVIDERS: string;
  /** Parameters with the vendors' keys are called this and the vendor's name. */
  PROVIDER_KEYS: string;
  /** What turns on a vendor that needs no key: an AWS region. */
  [setting: `INFILL_${string}`]: string;
}

/** @throws Error naming what infra did not say */
export function required(name: keyof Environment): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`This function's environment has no ${name}; infra/ must give it one`);
  return value;
}

/** What the operator says of models; absent where nothing was said. */
export const modelSettings = (): CatalogueSettings => readCatalogueSettings(process.env);

/** Another address of an AWS service, as AWS's own tools name it: `AWS_ENDPOINT_URL_S3`. */
export function endpointOf(service: "S3" | "DYNAMODB" | "LAMBDA" | "SSM"): { endpoint?: string } {
  const endpoint = process.env[`AWS_ENDPOINT_URL_${service}`];
  return endpoint ? { endpoint } : {};
}

/** Where this deployment's table is. */
export const tableAddress = () => ({
  table: required("TABLE"),
  client: { region: required("AWS_REGION"), credentials: async () => credentials(), ...endpointOf("DYNAMODB") },
});

/** Region of the bucket, which is the function's own unless infra says otherwise. */
export const storageRegion = (): string => process.env["STORAGE_REGION"] ?? required("AWS_REGION");

/** The role's session. Lambda gives each execution environment one, and ends the environment before it. */
export const credentials = () => ({
  accessKeyId: required("AWS_ACCESS_KEY_ID"),
  secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
  ...(process.env["AWS_SESSION_TOKEN"] ? { sessionToken: process.env["AWS_SESSION_TOKEN"] } : {}),
});
