import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { signWebhook } from "./sign-webhook.ts";

const NEW = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const OLD = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const BODY = '{"type":"job.succeeded"}';

test("while a secret is being replaced, a webhook is signed with both, and either verifies it", () => {
  const headers = signWebhook(`${NEW} ${OLD}`)("evt_1", Math.floor(Date.now() / 1000), BODY);
  for (const secret of [NEW, OLD]) expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  const stranger = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
  expect(() => new Webhook(stranger).verify(BODY, headers)).toThrow("No matching signature found");
});
