import { randomIds } from "@infill/core";
import { beforeAll } from "vitest";
import { type Caller, newCaller } from "../caller.ts";
import type { Runtime } from "../runtime.ts";

/** A tenant's caller, and the runtime that it calls. */
export interface Tenant extends Runtime, Caller {
  tenant: string;
  /** `whsec_…`, as an admin of the tenant is told it: verifies the webhooks that its jobs name. */
  webhookSecret(): Promise<string>;
}

/** A tenant nobody else has: what it makes, no other part of the suite sees. */
export function newTenant(runtime: () => Runtime): () => Tenant {
  let made: Tenant | undefined;
  beforeAll(async () => {
    const tenant = `ten_${randomIds.secret().slice(0, 16)}`;
    const caller = await newCaller(runtime(), await runtime().newKey(tenant));
    const webhookSecret = async () => {
      const { secrets } = (await (await caller.api("/v1/webhooks/secret")).json()) as { secrets: [string] };
      return secrets[0];
    };
    made = { ...runtime(), ...caller, tenant, webhookSecret };
  });
  return () => {
    if (made === undefined) throw new Error("There is no tenant yet");
    return made;
  };
}
