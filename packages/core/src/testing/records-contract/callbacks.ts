import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { Records, StoredCallback } from "../../ports.ts";
import { SAMPLE_TIME, sampleCallback, sampleJob } from "../samples.ts";
import { times } from "./times.ts";

export function keepsCallbacks(records: () => Records): void {
  const made = async () => (await records().createJob(sampleJob())).job.id;

  describe("callbacks", () => {
    test("are kept word for word, in order of arrival", async () => {
      const id = await made();
      const callbacks: StoredCallback[] = ['{"status":"processing"}', "\ufeffnot JSON: \u0000 ☕", ""].map((body, i) =>
        sampleCallback(body, SAMPLE_TIME + i),
      );
      callbacks.push({ ...sampleCallback("//4=", SAMPLE_TIME + 3), encoding: "base64" });
      for (const callback of callbacks) expect(await records().putCallback(id, callback, 8)).toBe("stored");
      expect(await records().listCallbacks(id)).toStrictEqual(callbacks);
    });

    test("come last when they come last, whatever the receiver's clock says: a reader counts those it has seen", async () => {
      const id = await made();
      const callbacks = [5, 5, 1, 9, 2].map((ms, i) => sampleCallback(`callback ${i}`, SAMPLE_TIME + ms));
      for (const callback of callbacks) await records().putCallback(id, callback, 8);
      expect(await records().listCallbacks(id)).toStrictEqual(callbacks);
    });

    test("with the same body are one", async () => {
      const id = await made();
      const callback = sampleCallback("again");
      expect(await records().putCallback(id, callback, 8)).toBe("stored");
      expect(await records().putCallback(id, { ...callback, receivedAt: SAMPLE_TIME + 1 }, 8)).toBe("duplicate");
      expect(await records().listCallbacks(id)).toStrictEqual([callback]);
    });

    test("are full at the maximum; one that is there is a duplicate even then", async () => {
      const id = await made();
      const callbacks = times(3, (i) => sampleCallback(`callback ${i}`));
      const outcomes = [];
      for (const callback of callbacks) outcomes.push(await records().putCallback(id, callback, 2));
      expect(outcomes).toEqual(["stored", "stored", "full"]);
      expect(await records().putCallback(id, sampleCallback("callback 0"), 2)).toBe("duplicate");
      expect(await records().listCallbacks(id)).toStrictEqual(callbacks.slice(0, 2));
    });

    test("of which many come at once are never more than the maximum, and never twice the same", async () => {
      const id = await made();
      const bodies = times(16, (i) => sampleCallback(`callback ${i % 6}`));
      const outcomes = await Promise.all(bodies.map((callback) => records().putCallback(id, callback, 4)));
      expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(4);
      const kept = await records().listCallbacks(id);
      expect(new Set(kept.map(({ hash }) => hash)).size).toBe(4);
    });

    test("are a job's own", async () => {
      const [id, other] = [await made(), await made()];
      await records().putCallback(id, sampleCallback("hello"), 1);
      expect(await records().putCallback(other, sampleCallback("hello"), 1)).toBe("stored");
      expect(await records().listCallbacks(randomIds.make("job"))).toStrictEqual([]);
    });
  });

  describe("a provider's id", () => {
    const fresh = () => randomIds.make("req");

    test("belongs to the job that bound it first, for ever", async () => {
      const [bound, id, other] = [fresh(), await made(), await made()];
      expect(await records().boundJob("vendor", bound)).toBeUndefined();
      expect(await records().bindProviderJob("vendor", bound, id)).toBe(true);
      expect(await records().bindProviderJob("vendor", bound, other)).toBe(false);
      expect(await records().boundJob("vendor", bound)).toBe(id);
      expect(await records().bindProviderJob("vendor", bound, id)).toBe(true);
    });

    test("is bound once by many at once", async () => {
      const bound = fresh();
      const jobs = times(8, () => randomIds.make("job"));
      const outcomes = await Promise.all(jobs.map((id) => records().bindProviderJob("vendor", bound, id)));
      expect(outcomes.filter((ours) => ours)).toHaveLength(1);
      const again = await Promise.all(jobs.map((id) => records().bindProviderJob("vendor", bound, id)));
      expect(again).toEqual(outcomes);
    });

    test("means nothing with another provider, and a job may have several", async () => {
      const [bound, id, other] = [fresh(), await made(), await made()];
      expect(await records().bindProviderJob("vendor", bound, id)).toBe(true);
      expect(await records().bindProviderJob("vendor 2", bound, other)).toBe(true);
      expect(await records().bindProviderJob("vendor", fresh(), id)).toBe(true);
    });
  });
}
