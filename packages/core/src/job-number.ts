import { sha256Hex } from "./ids.ts";
import type { Records } from "./ports.ts";

/** Whose ids they are, where providers' ids are kept: nobody is called so. */
const NUMBERS = "#";

/** 52 bits: a whole number wherever numbers are doubles. */
const drawn = (jobId: string, draw: number): number => Number.parseInt(sha256Hex(`${jobId}:${draw}`).slice(0, 13), 16);

/**
 * A job's id as formats that number their work have it: the same for one job always, and never another's.
 */
export async function numberOfJob(records: Records, jobId: string): Promise<number> {
  for (let draw = 0; ; draw++) {
    const number = drawn(jobId, draw);
    // asked often, and bound once
    if ((await records.boundJob(NUMBERS, String(number))) === jobId) return number;
    if (await records.bindProviderJob(NUMBERS, String(number), jobId)) return number;
  }
}

/** The id of the job with this number. */
export const jobOfNumber = (records: Records, number: string): Promise<string | undefined> =>
  /^\d{1,16}$/.test(number) ? records.boundJob(NUMBERS, number) : Promise.resolve(undefined);
