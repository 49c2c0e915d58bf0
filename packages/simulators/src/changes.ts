/** Lets a test wait for what it wants to see instead of for a length of time. */
export interface Changes {
  /** Says that something visible on the handle is different now. */
  changed(): void;
  /** Resolves as soon as `holds` is true: now, or after a later change. */
  until(holds: () => boolean): Promise<void>;
}

export function createChanges(): Changes {
  let waiting: { holds: () => boolean; resolve: () => void }[] = [];
  return {
    changed() {
      const ready = waiting.filter(({ holds }) => holds());
      waiting = waiting.filter((entry) => !ready.includes(entry));
      for (const { resolve } of ready) resolve();
    },
    until(holds) {
      if (holds()) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ holds, resolve }));
    },
  };
}
