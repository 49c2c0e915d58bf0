interface Closable {
  close(): unknown;
}

/**
 * Ends one after the other, each of them whatever becomes of those before it.
 * @throws what one threw; of several an AggregateError
 */
export async function endAll(ends: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ends) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw asOne(failures);
}

/**
 * Starts all at once, or none: where one does not start, those that do are closed again.
 * @throws why one did not start; of several an AggregateError
 */
export async function startAll<T extends Closable>(starts: readonly (() => Promise<T>)[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(starts.map((start) => start()));
  const started = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  if (started.length === starts.length) return started;
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  const close = () => endAll(started.map((each) => () => each.close()));
  await close().catch((error: unknown) => failures.push(error));
  throw asOne(failures);
}

const asOne = (failures: readonly unknown[]): unknown =>
  failures.length === 1 ? failures[0] : new AggregateError(failures, failures.map(String).join("; "));
