import { createHmac } from "node:crypto";

/** Of 24 bytes at least: a tenant has what is derived from it, and could find a shorter one by trying. */
const SECRET = /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/;

/**
 * What signs to the webhooks that a tenant's jobs name: each tenant's own, derived from the deployment's secret.
 * Whoever has one can neither sign to another tenant nor learn the deployment's.
 * @param deployment `whsec_…` and base64; several with spaces between them, the newest first, while one is being replaced
 * @returns `whsec_…` of 32 bytes for each of them, in their order
 * @throws Error where the deployment's is of another form; its text is not in the message
 */
export const webhookSecretsOf = (deployment: string, tenant: string): string[] =>
  signingSecretsIn(deployment).map((secret) => derivedSecret(secret, `webhooks of ${tenant}`));

/** A secret for one purpose, from which neither the one it is derived from nor one for another purpose can be learnt. */
export const derivedSecret = (secret: string, purpose: string): string =>
  `whsec_${createHmac("sha256", Buffer.from(secret.replace("whsec_", ""), "base64"))
    .update(purpose)
    .digest("base64")}`;

/**
 * The secrets in a setting that holds one, or several with spaces between them, the newest first.
 * @throws Error where one is not `whsec_` and base64 of at least 24 bytes; its text is not in the message
 */
export function signingSecretsIn(text: string): string[] {
  const secrets = text.trim().split(/\s+/);
  if (secrets.every((secret) => SECRET.test(secret))) return secrets;
  throw new Error("A signing secret must be whsec_ and base64 of at least 24 bytes; two have a space between them");
}
