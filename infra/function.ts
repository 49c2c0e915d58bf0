import { settings } from "./stage.ts";

// What the AWS SDK would load elsewhere: other ways to find credentials, where a function is given its
// own, and a reader of browsers' names.
const neverLoaded = [
  ...["ini", "process", "sso", "web-identity", "http", "login"].map((kind) => `@aws-sdk/credential-provider-${kind}`),
  "bowser",
];

/** What every function has in common. */
export const defaults = {
  runtime: "nodejs24.x",
  architecture: settings.architecture,
  // what the platform itself says comes as JSON, too
  logging: { format: "json", retention: "1 month" },
  nodejs: {
    format: "esm",
    minify: true,
    // what is only sometimes needed is loaded when it is: the start is most of a short invocation
    splitting: true,
    esbuild: { external: neverLoaded },
  },
} as const;

/**
 * For functions that answer people: what is not there need not be loaded. Names of functions and classes are
 * for debuggers, but the durable SDK goes by its classes' names: not for a workflow.
 */
export const lean = {
  ...defaults,
  nodejs: { ...defaults.nodejs, esbuild: { ...defaults.nodejs.esbuild, keepNames: false } },
} as const;

/** What every function is told. */
export const names = {
  NAMESPACE: `${$app.name}/${$app.stage}`,
  BUILD: settings.build,
  LOG_LEVEL: settings.logLevel,
  RECORD_DAYS: String(settings.recordDays),
};

/**
 * An answer that is held occupies a Lambda of the account, of which a new account may run ten at a time.
 * The two functions that hold get three tenths each: callbacks and workflows, which are what the answers
 * wait for, always have the rest.
 */
export const heldAnswers = String(Math.max(1, Math.floor(settings.concurrency * 0.3)));

type Text = string | ReturnType<typeof $interpolate>;

/** A right: these verbs on these resources, and nothing else. */
export const allow = (actions: readonly string[], ...resources: Text[]) => ({ actions: [...actions], resources });

// SST's roles may be assumed by anyone in the account who is allowed to assume roles, for `sst dev`'s
// sake. A function's role is for the function.
$transform(aws.iam.Role, (role) => {
  role.assumeRolePolicy = $output(role.assumeRolePolicy).apply((policy) => {
    const { Statement, ...rest } = JSON.parse(String(policy)) as {
      Statement: { Principal: Record<string, unknown> }[];
    };
    const byServices = Statement.map(({ Principal: { AWS: _, ...Principal }, ...statement }) => ({
      ...statement,
      Principal,
    }));
    return JSON.stringify({ ...rest, Statement: byServices });
  });
});
