import { describe, expect, test } from "vitest";
import { type Block, blockIdOf } from "../../blocks.ts";
import type { Records } from "../../ports.ts";
import { SAMPLE_TIME, sampleTenant } from "../samples.ts";

const sampleBlock = (tenant = sampleTenant()): Block => ({
  v: 1,
  id: blockIdOf(tenant, "ann"),
  tenant,
  blockedAt: SAMPLE_TIME,
});

export function keepsBlocks(records: () => Records): void {
  describe("a block", () => {
    test("is there from the first time on, however many put it at once, until it is removed", async () => {
      const block = sampleBlock();
      expect(await records().getBlock(block.id)).toBeUndefined();
      expect(await records().putBlock(block)).toStrictEqual(block);
      const later = { ...block, blockedAt: SAMPLE_TIME + 1 };
      const again = await Promise.all([1, 2, 3].map(() => records().putBlock(later)));
      expect(again).toStrictEqual([block, block, block]);
      expect(await records().getBlock(block.id)).toStrictEqual(block);
      await records().removeBlock(block.id);
      await records().removeBlock(block.id);
      expect(await records().getBlock(block.id)).toBeUndefined();
      expect(await records().putBlock(later)).toStrictEqual(later);
    });

    test("is one user's of one tenant", async () => {
      const [block, other] = [sampleBlock(), sampleBlock()];
      await records().putBlock(block);
      expect(await records().getBlock(other.id)).toBeUndefined();
      expect(await records().getBlock(blockIdOf(block.tenant, "ben"))).toBeUndefined();
    });
  });
}
