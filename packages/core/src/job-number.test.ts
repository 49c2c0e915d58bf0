import { expect, test } from "vitest";
import { randomIds } from "./ids.ts";
import { drawnNumber, jobOfNumber, numberOfJob } from "./job-number.ts";

/** What bindings keep: the first to come has it. */
function bindings() {
  const bound = new Map<string, string>();
  const of = (provider: string, id: string) => JSON.stringify([provider, id]);
  return {
    boundJob: async (provider: string, id: string) => bound.get(of(provider, id)),
    async bindProviderJob(provider: string, id: string, job: string) {
      if (!bound.has(of(provider, id))) bound.set(of(provider, id), job);
      return bound.get(of(provider, id)) === job;
    },
  };
}

test("a job has one number, which finds it, and which clients keep in 32 bits", async () => {
  const records = bindings();
  const job = randomIds.make("job");
  const number = await numberOfJob(records, job);
  expect(await numberOfJob(records, job)).toBe(number);
  expect(await jobOfNumber(records, String(number))).toBe(job);
  expect(number).toBeGreaterThan(0);
  expect(number).toBeLessThan(2 ** 31);
});

test("what is another's is drawn again, and stays what it was", async () => {
  const records = bindings();
  const job = randomIds.make("job");
  for (let draw = 0; draw < 9; draw++) await records.bindProviderJob("#", String(drawnNumber(job, draw)), "job_other");
  const number = await numberOfJob(records, job);
  expect(number).toBe(drawnNumber(job, 9));
  expect(Number.isSafeInteger(number)).toBe(true);
  expect(await numberOfJob(records, job)).toBe(number);
});

test("what is no number is nobody's", async () => {
  for (const text of ["", "-1", "1.5", "job_1", "1e3", "9".repeat(40)])
    expect(await jobOfNumber(bindings(), text)).toBeUndefined();
});
