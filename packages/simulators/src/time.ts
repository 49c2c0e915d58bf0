/** Takes a scheduled call back; harmless once the call has run. */
export type Cancel = () => void;

/** All the time a simulator knows. Pass {@link manualTime} in tests, so that an hour passes when the test says so. */
export interface Time {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once, `ms` milliseconds from now. */
  schedule(ms: number, run: () => void): Cancel;
}

/** The real clock. Its timers never keep a process alive. */
export const systemTime: Time = {
  now: () => Date.now(),
  schedule(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export interface ManualTime extends Time {
  /** Moves the clock on by `ms` and runs what falls due, in order, each at its own moment. */
  advance(ms: number): void;
}

/** A clock that stands still until it is told to move. `start` is in milliseconds since the epoch. */
export function manualTime(start = 1_700_000_000_000): ManualTime {
  let now = start;
  let waiting: { at: number; run: () => void }[] = [];
  const nextDue = (limit: number) =>
    waiting
      .filter(({ at }) => at <= limit)
      .reduce<(typeof waiting)[number] | undefined>(
        (first, entry) => (first === undefined || entry.at < first.at ? entry : first),
        undefined,
      );
  return {
    now: () => now,
    schedule(ms, run) {
      const entry = { at: now + ms, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((other) => other !== entry);
      };
    },
    advance(ms) {
      const limit = now + ms;
      for (let due = nextDue(limit); due !== undefined; due = nextDue(limit)) {
        const { at, run } = due;
        waiting = waiting.filter((other) => other !== due);
        now = at;
        run();
      }
      now = limit;
    },
  };
}

/** The same clock, able to take back everything that was scheduled through it: what a server does when it closes. */
export function stoppable(time: Time): Time & { stop(): void } {
  const cancels = new Set<Cancel>();
  return {
    now: () => time.now(),
    schedule(ms, run) {
      const cancel = time.schedule(ms, () => {
        cancels.delete(cancel);
        run();
      });
      cancels.add(cancel);
      return () => {
        cancels.delete(cancel);
        cancel();
      };
    },
    stop() {
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}
