import { describe, expect, test } from "vitest";
import { randomIds } from "../../ids.ts";
import type { Records } from "../../ports.ts";
import { SAMPLE_TIME, sampleReplay } from "../samples.ts";
import { times } from "./times.ts";

export function keepsReplays(records: () => Records): void {
  describe("a replay", () => {
    const again = (replay: ReturnType<typeof sampleReplay>, createdAt = SAMPLE_TIME + 1) =>
      sampleReplay({ fingerprint: replay.fingerprint, createdAt, keptUntil: createdAt + 3_600_000 });

    test("is what was put", async () => {
      const replay = sampleReplay();
      expect(await records().putReplay(replay)).toStrictEqual(replay);
      expect(await records().getReplay(replay.fingerprint)).toStrictEqual(replay);
    });

    test("that is not there is undefined, and delivering it makes none", async () => {
      const { fingerprint, key } = sampleReplay();
      await records().deliverReplay(fingerprint, key, SAMPLE_TIME);
      expect(await records().getReplay(fingerprint)).toBeUndefined();
    });

    test("stays when another is put, who is told of it", async () => {
      const replay = sampleReplay();
      await records().putReplay(replay);
      expect(await records().putReplay(again(replay))).toStrictEqual(replay);
      expect(await records().putReplay(again(replay), randomIds.make("req"))).toStrictEqual(replay);
      expect(await records().getReplay(replay.fingerprint)).toStrictEqual(replay);
    });

    test("gives way to one that names it, and to nobody who names it later", async () => {
      const replay = sampleReplay();
      const second = again(replay);
      await records().putReplay(replay);
      expect(await records().putReplay(second, replay.key)).toStrictEqual(second);
      expect(await records().putReplay(again(replay), replay.key)).toStrictEqual(second);
    });

    test("gives way once its time is over", async () => {
      const replay = sampleReplay();
      await records().putReplay(replay);
      const early = again(replay, replay.keptUntil - 1);
      expect(await records().putReplay(early)).toStrictEqual(replay);
      const late = again(replay, replay.keptUntil);
      expect(await records().putReplay(late)).toStrictEqual(late);
    });

    test("is one, whoever of many that put at once came first", async () => {
      const replay = sampleReplay();
      const told = await Promise.all(times(8, () => again(replay)).map((one) => records().putReplay(one)));
      expect(new Set(told.map(({ key }) => key)).size).toBe(1);
      expect(await records().getReplay(replay.fingerprint)).toStrictEqual(told[0]);
    });

    test("is delivered once, by its own key alone", async () => {
      const replay = sampleReplay();
      await records().putReplay(replay);
      await records().deliverReplay(replay.fingerprint, randomIds.make("req"), SAMPLE_TIME + 1);
      expect(await records().getReplay(replay.fingerprint)).toStrictEqual(replay);
      await records().deliverReplay(replay.fingerprint, replay.key, SAMPLE_TIME + 2);
      await records().deliverReplay(replay.fingerprint, replay.key, SAMPLE_TIME + 3);
      expect(await records().getReplay(replay.fingerprint)).toStrictEqual({ ...replay, deliveredAt: SAMPLE_TIME + 2 });
    });
  });
}
