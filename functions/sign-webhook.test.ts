import { webhookSecretsOf } from "@infill/core";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { signWebhook } from "./sign-webhook.ts";

const NEW = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const OLD = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const BODY = '{"type":"job.succeeded"}';

const STRANGER = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;

/** Which of the secrets verify what was signed with others. */
const verifying = (signedWith: readonly string[], secrets: readonly string[]): string[] => {
  const headers = signWebhook(signedWith)("evt_1", Math.floor(Date.now() / 1000), BODY);
  return secrets.filter((secret) => {
    try {
      return new Webhook(secret).verify(BODY, headers);
    } catch {
      return false;
    }
  });
};

test("while a secret is being replaced, a webhook is signed with both, and either verifies it", () => {
  expect(verifying([NEW, OLD], [OLD, STRANGER, NEW])).toEqual([OLD, NEW]);
});

test("what is signed to one tenant verifies with its secrets alone, and with both while the deployment's is being replaced", () => {
  const of = (tenant: string) => webhookSecretsOf(`${NEW} ${OLD}`, tenant);
  const all = [NEW, OLD, ...of("acme"), ...of("umbrella")];
  expect(verifying(of("acme"), all)).toEqual(of("acme"));
  expect(verifying(webhookSecretsOf(NEW, "acme"), all)).toEqual(of("acme").slice(0, 1));
});
