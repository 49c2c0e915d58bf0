import { randomIds } from "@infill/core";
import { beforeAll } from "vitest";
import { type Caller, newCaller } from "../caller.ts";
import type { Runtime } from "../runtime.ts";

/** A tenant's caller, and the runtime that it calls. */
export interface Tenant extends Runtime, Caller {
  tenant: string;
}

/** A tenant nobody else has: what it makes, no other part of the suite sees. */
export function newTenant(runtime: () => Runtime): () => Tenant {
  let made: Tenant | undefined;
  beforeAll(async () => {
    const tenant = `ten_${randomIds.secret().slice(0, 16)}`;
    made = { ...runtime(), ...(await newCaller(runtime(), await runtime().newKey(tenant))), tenant };
  });
  return () => {
    if (made === undefined) throw new Error("There is no tenant yet");
    return made;
  };
}
