import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MUTANTS, type Outcome, shrink, simulate } from "./index.ts";

const hashOf = ({ trace }: Outcome) => createHash("sha256").update(trace.join("\n")).digest("hex");

describe("a world", () => {
  test("is the same bit for bit when it is run again", async () => {
    for (const seed of [1, 4, 7, 19, 4_000_000_000]) {
      const [first, again] = [await simulate({ seed, traced: true }), await simulate({ seed, traced: true })];
      expect(first.trace.length).toBeGreaterThan(20);
      expect(hashOf(again)).toBe(hashOf(first));
    }
  });

  test("is another one with another seed", async () => {
    const hashes = [1, 2, 3, 4].map(async (seed) => hashOf(await simulate({ seed, traced: true })));
    expect(new Set(await Promise.all(hashes)).size).toBe(4);
  });

  test("keeps every promise, whatever breaks", async () => {
    for (let seed = 1; seed <= 300; seed++)
      expect({ seed, violation: (await simulate({ seed })).violation }).toEqual({ seed, violation: undefined });
  }, 120_000);

  test("has all in it that can go wrong, and every end that a job can come to", async () => {
    const seen: string[] = [];
    for (let seed = 1; seed <= 160; seed++) {
      const { trace, ends } = await simulate({ seed, traced: true });
      seen.push(...trace, ...ends.values());
    }
    const text = seen.join("\n");
    for (const words of [
      "dies before at",
      "dies after at",
      "dies, and it comes late at",
      "is refused at",
      "loses its answer at",
      "is carried out",
      "somebody stops the execution",
      "succeeded, alpha/one, settled",
      "succeeded, beta/one, settled",
      "failed, alpha/one, provider_rejected, refunded",
      "outcome_unknown, unreconciled",
      "canceled",
      "content_rejected",
      ": moderation",
      ": webhook to https://acme.example/all",
      ": webhook to https://acme.example/made",
      ": webhook to https://zoo.example/gone",
      ": 402",
      ": 404",
      ": 422",
    ])
      expect(text, words).toContain(words);
  });
});

describe("a mutant", () => {
  test.each(Object.entries(MUTANTS))("%s is found within 1000 seeds", async (_, mutant) => {
    let [seed, violation] = [0, (await simulate({ seed: 0 }, mutant)).violation];
    while (violation === undefined && seed < 1000) violation = (await simulate({ seed: ++seed }, mutant)).violation;
    expect(violation, mutant.words).toBeDefined();
  });

  test("is told of with as little as it takes", async () => {
    const mutant = MUTANTS["retry-lost-answer"];
    let seed = 1;
    let whole = await simulate({ seed }, mutant);
    while (whole.violation === undefined) whole = await simulate({ seed: ++seed }, mutant);
    const small = await shrink(seed, whole.violation, mutant);
    expect(small.violation?.invariant).toBe(1);
    expect(small.parts.length).toBeLessThanOrEqual(whole.parts.length);
    expect(small.parts.filter((part) => part.startsWith("client"))).toHaveLength(1);
    expect(small.parts.filter((part) => part.startsWith("lost submit"))).toHaveLength(1);
    expect(small.trace.join("\n")).toContain("INVARIANT 1 IS BROKEN");
  });
});
