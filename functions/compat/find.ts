import { type Caller, getJob, InfillError, type Job } from "@infill/core";
import type { CompatDeps } from "./context.ts";

/** A job of the caller's as it stands, ended where it is past its time; of somebody else's, as of none. */
export async function findJob(deps: CompatDeps, caller: Caller, id: string): Promise<Job | undefined> {
  try {
    return await getJob(deps, caller, id);
  } catch (error) {
    if (error instanceof InfillError && error.code === "not_found") return undefined;
    throw error;
  }
}
