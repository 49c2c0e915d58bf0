/**
 * The few durable operations the workflows need, whatever engine gives them. Code between
 * operations runs again on every replay, so it must be deterministic: clocks, randomness and
 * I/O live inside steps. What a step returns is kept by the engine: verbs, ids and numbers only,
 * never a prompt, a URL, a secret or a picture.
 */
export interface Durable {
  /** Names this execution; the same on every replay. */
  readonly executionId: string;
  /**
   * Runs once and remembers the answer. An unexpected throw is retried with backoff.
   * With `"once"`, it is never run again, even when the process died inside it:
   * @throws StepInterrupted then
   */
  step<T extends DurableValue>(name: string, run: () => Promise<T>, semantics?: "retried" | "once"): Promise<T>;
  /** A token that anyone may complete, and a promise for that (or for the time-out) that costs nothing to wait for. */
  callback(
    name: string,
    timeoutSeconds: number,
  ): Promise<{ token: string; settled: Promise<"completed" | "timed-out"> }>;
  /** Sleeps at no cost. */
  wait(name: string, seconds: number): Promise<void>;
}

export type DurableValue = string | number | boolean | null | { readonly [key: string]: DurableValue | undefined };

/** The process died inside a `once` step: what it did is unknown. */
export class StepInterrupted extends Error {
  override readonly name = "StepInterrupted";
}
