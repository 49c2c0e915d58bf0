import { describe, expect, test } from "vitest";
import type { Records } from "../../ports.ts";
import { SAMPLE_TIME, sampleTenant } from "../samples.ts";

export function keepsProviderHealth(records: () => Records): void {
  describe("a provider's health", () => {
    test("of one that nobody has heard of, or that answered, is no matter", async () => {
      const provider = sampleTenant();
      expect(await records().getProviderHealth(provider)).toBeUndefined();
      await records().noteProvider(provider, "answered", SAMPLE_TIME);
      expect(await records().getProviderHealth(provider)).toBeUndefined();
    });

    test("counts every failure of a series, also those at once, until it answers", async () => {
      const provider = sampleTenant();
      await Promise.all([1, 2, 3, 4].map(() => records().noteProvider(provider, "failed", SAMPLE_TIME)));
      await records().noteProvider(provider, "failed", SAMPLE_TIME + 5);
      expect(await records().getProviderHealth(provider)).toStrictEqual({
        failures: 5,
        lastFailureAt: SAMPLE_TIME + 5,
      });
      await records().noteProvider(provider, "answered", SAMPLE_TIME + 6);
      expect(await records().getProviderHealth(provider)).toBeUndefined();
      await records().noteProvider(provider, "failed", SAMPLE_TIME + 7);
      expect(await records().getProviderHealth(provider)).toMatchObject({ failures: 1 });
    });

    test("knows the latest failure of the series, in whatever order they are noted", async () => {
      const provider = sampleTenant();
      await records().noteProvider(provider, "failed", SAMPLE_TIME + 5);
      await records().noteProvider(provider, "failed", SAMPLE_TIME + 2);
      expect(await records().getProviderHealth(provider)).toStrictEqual({
        failures: 2,
        lastFailureAt: SAMPLE_TIME + 5,
      });
      await Promise.all([7, 9, 6, 8].map((ms) => records().noteProvider(provider, "failed", SAMPLE_TIME + ms)));
      expect(await records().getProviderHealth(provider)).toStrictEqual({
        failures: 6,
        lastFailureAt: SAMPLE_TIME + 9,
      });
      await records().noteProvider(provider, "answered", SAMPLE_TIME + 10);
      await records().noteProvider(provider, "failed", SAMPLE_TIME + 3);
      expect(await records().getProviderHealth(provider)).toStrictEqual({
        failures: 1,
        lastFailureAt: SAMPLE_TIME + 3,
      });
    });

    test("is a provider's own", async () => {
      const [ill, well] = [sampleTenant(), sampleTenant()];
      await records().noteProvider(ill, "failed", SAMPLE_TIME);
      expect(await records().getProviderHealth(well)).toBeUndefined();
    });
  });
}
