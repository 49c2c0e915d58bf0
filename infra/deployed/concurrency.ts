/** Lambda's answer to a caller while the account runs as many as it may. */
export class Throttled extends Error {
  constructor() {
    super("Rate Exceeded.");
  }
}

/** How many Lambdas an account may run at one time (https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html). */
export interface Concurrency {
  /** @throws Throttled */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** The same, for what Lambda itself tries again: waits for its turn. */
  runLater<T>(work: () => Promise<T>): Promise<T>;
  /** The most there ever were at one time. */
  most(): number;
}

export function concurrencyOf(limit: number): Concurrency {
  let running = 0;
  let most = 0;
  const waiting: (() => void)[] = [];

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (running >= limit) throw new Throttled();
    most = Math.max(most, ++running);
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  }
  return {
    run,
    async runLater(work) {
      while (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
      return run(work);
    },
    most: () => most,
  };
}
