/** Something that is asked again and again, so many times a second, whether answers come or not. */
export interface Stream {
  perSecond: number;
  /** @throws Error for an answer that is not the wanted one */
  ask(i: number): Promise<void>;
}

export interface Asked {
  /** From when it was due until its answer was there, ms: what waited for its turn counts. */
  latencies: number[];
  /** How often something else came, by what it was. */
  failures: Record<string, number>;
}

/**
 * Asks all streams for so long, each at its own even pace. Nobody waits for an answer before asking the next: a
 * server that stalls has all the more to answer, as with callers who know nothing of each other.
 */
export async function keepAsking<Name extends string>(
  streams: Readonly<Record<Name, Stream>>,
  seconds: number,
): Promise<Record<Name, Asked>> {
  const began = performance.now();
  const all = Object.entries<Stream>(streams).map(async ([name, { perSecond, ask }]) => {
    const asked: Asked = { latencies: [], failures: {} };
    const under = Array.from({ length: Math.max(1, Math.round(perSecond * seconds)) }, async (_, i) => {
      const due = began + (i / perSecond) * 1000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      try {
        await ask(i);
        asked.latencies.push(performance.now() - due);
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        asked.failures[what] = (asked.failures[what] ?? 0) + 1;
      }
    });
    await Promise.all(under);
    return [name, asked] as const;
  });
  return Object.fromEntries(await Promise.all(all)) as Record<Name, Asked>;
}
