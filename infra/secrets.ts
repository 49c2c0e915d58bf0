import { sstSecretName } from "../functions/lambda/secret-names.ts";
import { signingSecretsIn } from "../packages/core/src/webhook-secret.ts";
import { registry } from "../packages/providers/src/registry.ts";
import { settings } from "./stage.ts";

const PREFIX = `/${$app.name}/${$app.stage}/providers/`;

/**
 * Vendors' keys: `sst secret set ModelslabApiKey …`, empty until then. A vendor without a key is
 * listed and cannot be used; it never stops a deployment.
 */
const vendors = Object.entries(registry).flatMap(([provider, { secretName }]) => {
  if (secretName === undefined) return [];
  const name = sstSecretName(secretName);
  const key = new sst.Secret(name, "").value;
  // Kept where the workflow reads it at use, and not in a bundle: a bundle lives as long as the
  // executions of its version, so a rotated key would never reach the jobs that are running.
  const parameter = new aws.ssm.Parameter(`${name}Parameter`, {
    name: PREFIX + provider,
    type: "SecureString",
    value: key.apply((text) => text || "unset"), // a parameter cannot be empty
  });
  return [{ provider, key, parameter }];
});

/** Vendors that need no key and are turned on. */
const keyless = settings.bedrock === undefined ? [] : ["bedrock"];

/** All that the api gets to know of vendors: the names of those that can be used, and what the operator says of models. */
export const aboutModels = {
  PROVIDERS: $util.unsecret(
    $util
      .all(vendors.map(({ provider, key }) => key.apply((text) => (text === "" ? [] : [provider]))))
      .apply((names) => [...names.flat(), ...keyless].join(",")),
  ),
  ...settings.models,
};

/** Where the keys are: the prefix of their names, to which a vendor's is added, and what they are in policies. */
export const providerKeys = { prefix: PREFIX, arns: vendors.map(({ parameter }) => parameter.arn) };

/**
 * Signs the links that need no key: callbacks to us, results to those who hold the address. Made
 * here, so that nobody has to think of one. `INFILL_LINK_KEY=2`, then 3, … and a deploy rotates it:
 * the new key signs, the one before still opens what is already out.
 */
const keyNumbers = [settings.linkKey - 1, settings.linkKey].filter((number) => number > 0);
const linkKeys = keyNumbers.map((n) => new random.RandomPassword(`LinkKey${n}`, { length: 43, special: false }).result);
export const linkKeyring = new sst.Linkable("LinkKeyring", {
  properties: {
    current: `k${settings.linkKey}`,
    keys: $util.all(linkKeys).apply((keys) => Object.fromEntries(keys.map((key, i) => [`k${keyNumbers[i]}`, key]))),
  },
});

/**
 * What each tenant's secret of webhooks (Standard Webhooks) is derived from: made here, unless
 * `sst secret set WebhookSecret whsec_…` says otherwise. No tenant knows it. To read it:
 * `sst shell --stage S -- node -p 'JSON.parse(process.env.SST_RESOURCE_WebhookSecret).value'`
 */
const signingKey = new random.RandomBytes("WebhookSigningKey", { length: 32 }).base64;
export const webhookSecret = signingSecret("WebhookSecret", $interpolate`whsec_${signingKey}`);

/** A secret that signs. Refuses to deploy one that cannot, which would be found at the first delivery. */
export function signingSecret(name: string, made: $util.Input<string>): sst.Secret {
  const secret = new sst.Secret(name, made);
  secret.value.apply((text) => {
    try {
      signingSecretsIn(text);
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}. Set another with: sst secret set ${name} whsec_…`);
    }
  });
  return secret;
}
