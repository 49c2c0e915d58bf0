import { sha256Hex } from "./ids.ts";
import type { Records } from "./ports.ts";

/** Whose ids they are, where providers' ids are kept: nobody is called so. */
const NUMBERS = "#";

/** As many draws are of 31 bits, which is what clients and their databases keep numbers in. */
const SHORT_DRAWS = 8;

/** From 1 on: 31 bits, and 52 where those are crowded – still a whole number wherever numbers are doubles. */
export function drawnNumber(jobId: string, draw: number): number {
  const hash = sha256Hex(`${jobId}:${draw}`);
  const number =
    draw < SHORT_DRAWS ? Number.parseInt(hash.slice(0, 8), 16) >>> 1 : Number.parseInt(hash.slice(0, 13), 16);
  return Math.max(1, number);
}

/**
 * A job's id as formats that number their work have it: the same for one job always, and never another's. What
 * is bound stays bound, so the draws that were another's once are so for ever.
 */
export async function numberOfJob(
  records: Pick<Records, "boundJob" | "bindProviderJob">,
  jobId: string,
): Promise<number> {
  for (let draw = 0; ; draw++) {
    const number = drawnNumber(jobId, draw);
    // asked often, and bound once
    if ((await records.boundJob(NUMBERS, String(number))) === jobId) return number;
    if (await records.bindProviderJob(NUMBERS, String(number), jobId)) return number;
  }
}

/** The id of the job with this number. */
export const jobOfNumber = (records: Pick<Records, "boundJob">, number: string): Promise<string | undefined> =>
  /^\d{1,16}$/.test(number) ? records.boundJob(NUMBERS, number) : Promise.resolve(undefined);
