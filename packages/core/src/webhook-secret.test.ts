import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { webhookSecretsOf } from "./webhook-secret.ts";

const secret = (fill: number, bytes = 32) => `whsec_${Buffer.alloc(bytes, fill).toString("base64")}`;
const [NEW, OLD] = [secret(1), secret(2)];

test("a tenant's webhook secret is an HMAC of its name under the deployment's bytes", () => {
  const derived = createHmac("sha256", Buffer.alloc(32, 1)).update("webhooks of acme").digest("base64");
  // receivers have it: it is the same for good
  expect(derived).toBe("OtR41U8R+ug4cHm63ASbDEAkte4xBgv1Fn9IGDsvQWk=");
  expect(webhookSecretsOf(NEW, "acme")).toEqual([`whsec_${derived}`]);
});

test("each tenant has its own, and none has the deployment's", () => {
  const all = ["acme", "acme2", "ACME", ""].flatMap((tenant) => webhookSecretsOf(NEW, tenant));
  expect(new Set([...all, NEW]).size).toBe(5);
});

test("while the deployment's is being replaced a tenant has two, the new one first", () => {
  const both = [NEW, OLD].flatMap((each) => webhookSecretsOf(each, "acme"));
  expect(webhookSecretsOf(`${NEW} ${OLD}`, "acme")).toEqual(both);
  expect(webhookSecretsOf(` ${NEW}  ${OLD}\n`, "acme")).toEqual(both);
});

test.each([
  ["nothing", ""],
  ["a password", "hunter2-hunter2-hunter2-hunter2-hunter2"],
  ["a short one", secret(1, 23)],
  ["one that is not base64", `whsec_${"-".repeat(44)}`],
  ["one that is, and one that is not", `${NEW} hunter2`],
])("%s is no secret to derive from, and is not in what is said of it", (_, text) => {
  const derive = () => webhookSecretsOf(text, "acme");
  expect(derive).toThrow("must be whsec_ and base64 of at least 24 bytes");
  expect(derive).not.toThrow(/hunter2|AQEB/);
});
