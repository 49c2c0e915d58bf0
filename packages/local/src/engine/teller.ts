import { type Log, wordFor } from "@infill/core";
import type { Execution, Store } from "./store.ts";
import type { Timers } from "./timers.ts";

/** Pause before an end is told again to a listener that threw, ms. */
const RETRY = 30_000;

/**
 * Tells a listener of the executions that ended, each until it has heard: an end that a crash or a
 * throw came before is told again.
 * @param options.changed called after every telling
 */
export function createTeller(options: {
  store: Store;
  clock: Timers;
  log: Log;
  tell: (execution: Execution) => void | Promise<void>;
  changed: () => void;
}) {
  const { store, clock, log } = options;
  const underWay = new Set<string>();
  /** Who threw, until the next try. */
  const resting = new Set<string>();
  let cancelRetry = (): void => {};
  let stopped = false;

  async function tell(execution: Execution): Promise<void> {
    const { id } = execution;
    underWay.add(id);
    try {
      await options.tell(execution);
      if (!stopped) store.markTold(id);
    } catch (error) {
      log.error("the end of a workflow could not be told", { execution: id, error: wordFor(error) });
      retryLater(id);
    } finally {
      underWay.delete(id);
      if (!stopped) options.changed();
    }
  }

  function retryLater(id: string): void {
    if (stopped) return;
    resting.add(id);
    cancelRetry();
    cancelRetry = clock.after(RETRY, () => {
      resting.clear();
      options.changed();
    });
  }

  return {
    /** Tells of every end that is not told yet. */
    tellAll(): void {
      for (const execution of store.untold())
        if (!underWay.has(execution.id) && !resting.has(execution.id)) void tell(execution);
    },
    busy: (): boolean => !stopped && underWay.size > 0,
    /** Waits for no listener any more; what it has not heard is told by the next engine. */
    stop(): void {
      stopped = true;
      cancelRetry();
    },
  };
}
