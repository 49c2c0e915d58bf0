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

    test("is a provider's own", async () => {
      const [ill, well] = [sampleTenant(), sampleTenant()];
      await records().noteProvider(ill, "failed", SAMPLE_TIME);
      expect(await records().getProviderHealth(well)).toBeUndefined();
    });
  });
}
