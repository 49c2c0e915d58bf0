import { createHmac } from "node:crypto";

/** Of 24 bytes at least: a tenant has what is derived from it, and could find a shorter one by trying. */
const SECRET = /^whsec_([A-Za-z0-9+/]{32,}={0,2})$/;

/**
 * What signs to the webhooks that a tenant's jobs name: each tenant's own, derived from the deployment's secret.
 * Whoever has one can neither sign to another tenant nor learn the deployment's.
 * @param deployment `whsec_…` and base64; several with spaces between them, the newest first, while one is being replaced
 * @returns `whsec_…` of 32 bytes for each of them, in their order
 * @throws Error where the deployment's is of another form; its text is not in the message
 */
export const webhookSecretsOf = (deployment: string, tenant: string): string[] =>
  deployment
    .trim()
    .split(/\s+/)
    .map((secret) => {
      const [, base64] = SECRET.exec(secret) ?? [];
      if (base64 === undefined) throw new Error("WebhookSecret must be whsec_ and base64 of at least 24 bytes");
      const derived = createHmac("sha256", Buffer.from(base64, "base64")).update(`webhooks of ${tenant}`);
      return `whsec_${derived.digest("base64")}`;
    });
