import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { Records } from "../../ports.ts";
import { SAMPLE_TIME, sampleAsset, sampleKey } from "../samples.ts";

export function keepsKeysAndAssets(records: () => Records): void {
  describe("an API key", () => {
    test("is what was put", async () => {
      const key = sampleKey();
      await records().putKey(key);
      expect(await records().getKey(key.id)).toStrictEqual(key);
    });

    test("is replaced when put again: that is how one is revoked", async () => {
      const key = sampleKey();
      await records().putKey(key);
      await records().putKey({ ...key, revokedAt: SAMPLE_TIME });
      expect(await records().getKey(key.id)).toStrictEqual({ ...key, revokedAt: SAMPLE_TIME });
      await records().putKey(key);
      expect(await records().getKey(key.id)).toStrictEqual(key);
    });

    test("is revoked once, and everything else of it stays", async () => {
      const key = sampleKey({ scopes: ["tokens"], validUntil: SAMPLE_TIME + 9, userLimits: { day: 5 } });
      await records().putKey(key);
      expect(await records().revokeKey(key.id, SAMPLE_TIME + 1)).toStrictEqual({ ...key, revokedAt: SAMPLE_TIME + 1 });
      await records().revokeKey(key.id, SAMPLE_TIME + 2);
      expect(await records().getKey(key.id)).toStrictEqual({ ...key, revokedAt: SAMPLE_TIME + 1 });
      expect(await records().revokeKey(randomIds.make("key"), SAMPLE_TIME)).toBeUndefined();
    });

    test("is listed, the oldest first, and among no tenant's jobs", async () => {
      const [later, earlier] = [sampleKey({ createdAt: SAMPLE_TIME + 1 }), sampleKey()];
      for (const key of [later, earlier]) await records().putKey(key);
      const listed = (await records().listKeys()).filter(({ id }) => id === later.id || id === earlier.id);
      expect(listed).toStrictEqual([earlier, later]);
      expect(await records().listJobs({ tenant: later.tenant, limit: 9 })).toStrictEqual({ jobs: [] });
    });

    test("that is not there is undefined", async () => {
      expect(await records().getKey(randomIds.make("key"))).toBeUndefined();
    });
  });

  describe("an asset", () => {
    test("is what was put", async () => {
      const asset = sampleAsset({ user: "ada", sha256: "ab".repeat(32), purpose: "mask" });
      await records().putAsset(asset);
      expect(await records().getAsset(asset.id)).toStrictEqual(asset);
    });

    test("never changes but for its upload's expiry", async () => {
      const asset = sampleAsset();
      await records().putAsset(asset);
      await records().putAsset({ ...asset, key: "u/another/photo", contentLength: 1 });
      expect(await records().getAsset(asset.id)).toStrictEqual(asset);
      expect(await records().renewAsset(asset.id, SAMPLE_TIME + 5_000_000)).toBe(true);
      expect(await records().getAsset(asset.id)).toStrictEqual({ ...asset, uploadExpiresAt: SAMPLE_TIME + 5_000_000 });
    });

    test("that is not there is undefined, and renewing it makes none", async () => {
      const id = randomIds.make("ast");
      expect(await records().getAsset(id)).toBeUndefined();
      expect(await records().renewAsset(id, SAMPLE_TIME)).toBe(false);
      expect(await records().getAsset(id)).toBeUndefined();
    });
  });
}
