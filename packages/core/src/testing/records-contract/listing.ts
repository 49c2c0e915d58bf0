import { describe, expect, test } from "vitest";
import type { Job } from "../../job.ts";
import type { Records } from "../../ports.ts";
import { SAMPLE_TIME, sampleJob, sampleTenant } from "../samples.ts";
import { times } from "./times.ts";

export function listsJobs(records: () => Records): void {
  const put = async (...jobs: Job[]) => {
    for (const job of jobs) await records().createJob(job);
  };
  /** The ids of every page. */
  const pages = async (query: { tenant: string; user?: string; limit: number }) => {
    const ids: string[][] = [];
    let before: string | undefined;
    do {
      const page = await records().listJobs({ ...query, ...(before === undefined ? {} : { before }) });
      ids.push(page.jobs.map(({ id }) => id));
      before = page.next;
    } while (before !== undefined);
    return ids;
  };
  /** Of a minute each, oldest first; put in another order. */
  const history = async (tenant: string, count: number) => {
    const jobs = times(count, (i) => sampleJob({ tenant, createdAt: SAMPLE_TIME + i * 60_000 }));
    await put(...jobs.filter((_, i) => i % 2 === 1), ...jobs.filter((_, i) => i % 2 === 0));
    return jobs.map(({ id }) => id);
  };

  describe("listing jobs", () => {
    test("gives whole rows as they are now, newest first", async () => {
      const tenant = sampleTenant();
      const ids = await history(tenant, 3);
      await records().claimJob(ids[1] ?? "", "execution", 1000);
      const rows = await Promise.all(ids.map((id) => records().getJob(id)));
      expect(await records().listJobs({ tenant, limit: 10 })).toStrictEqual({ jobs: rows.reverse() });
    });

    test("goes on page by page, and says when that was all", async () => {
      const tenant = sampleTenant();
      const [a, b, c, d, e] = await history(tenant, 5);
      expect(await pages({ tenant, limit: 2 })).toEqual([[e, d], [c, b], [a]]);
      expect(await pages({ tenant, limit: 5 })).toEqual([[e, d, c, b, a]]);
    });

    test("is not moved by what is made meanwhile", async () => {
      const tenant = sampleTenant();
      const [a, b, c] = await history(tenant, 3);
      const first = await records().listJobs({ tenant, limit: 2 });
      await put(sampleJob({ tenant, createdAt: SAMPLE_TIME + 3_600_000 }));
      const second = await records().listJobs({ tenant, limit: 2, before: first.next ?? "" });
      expect([first, second].map(({ jobs }) => jobs.map(({ id }) => id))).toEqual([[c, b], [a]]);
      expect(second.next).toBeUndefined();
    });

    test("gives jobs of the same millisecond once each, in one order", async () => {
      const tenant = sampleTenant();
      const jobs = times(7, () => sampleJob({ tenant }));
      await put(...jobs);
      const [all] = await pages({ tenant, limit: 10 });
      expect(all?.toSorted()).toEqual(jobs.map(({ id }) => id).sort());
      for (const limit of [1, 2, 3]) expect((await pages({ tenant, limit })).flat()).toEqual(all);
    });

    test("is a tenant's own", async () => {
      const [tenant, other] = [sampleTenant(), sampleTenant()];
      const ids = await history(tenant, 2);
      const { next: before } = await records().listJobs({ tenant, limit: 1 });
      expect(await records().listJobs({ tenant: other, limit: 10 })).toStrictEqual({ jobs: [] });
      await history(other, 3);
      // another tenant's cursor opens nothing
      const page = await records().listJobs({ tenant: other, limit: 10, before: before ?? "" });
      for (const job of page.jobs) expect(job.tenant).toBe(other);
      expect((await pages({ tenant, limit: 10 })).flat()).toEqual(ids.toReversed());
    });

    test("of one user has full pages of theirs alone", async () => {
      const tenant = sampleTenant();
      const users = ["ada", undefined, "ben", "ada", "ben", "ben", "ada"];
      const jobs = users.map((user, i) =>
        sampleJob({ tenant, createdAt: SAMPLE_TIME + i, ...(user === undefined ? {} : { user }) }),
      );
      await put(...jobs, sampleJob({ user: "ada" }));
      const id = (index: number) => jobs[index]?.id;
      expect(await pages({ tenant, user: "ada", limit: 2 })).toEqual([[id(6), id(3)], [id(0)]]);
      expect(await pages({ tenant, user: "nobody", limit: 2 })).toEqual([[]]);
      expect((await pages({ tenant, limit: 10 })).flat()).toHaveLength(7);
    });

    test.each(["", "nonsense", "W10", "bnVsbA", "eyJhIjoxfQ", "WzEsMl0"])(
      "refuses %j, which is no cursor",
      async (before) => {
        await expect(records().listJobs({ tenant: sampleTenant(), limit: 10, before })).rejects.toMatchObject({
          code: "invalid_request",
        });
      },
    );
  });
}
