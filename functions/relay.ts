import { type Engine, type Log, type Records, startDeliveries, startExecution, wordFor } from "@infill/core";

/** What a change says is new. */
export type NewRow = { kind: "job" | "event"; id: string };

/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html */
export interface BatchAnswer {
  batchItemFailures: { itemIdentifier: string }[];
}

/** A change on the table's stream. */
export interface Change {
  eventName?: string;
  dynamodb?: { SequenceNumber?: string; Keys?: Record<string, { S?: string }> };
}

export interface RelayDeps {
  engine: Engine;
  records: Pick<Records, "getJob" | "getEvent">;
  log: Log;
  newRow: (change: Change) => NewRow | undefined;
}

/**
 * Starts what a new row asks for: the very call, by name, that its writer makes after the write. A job
 * or a delivery whose writer died in between is started here; any other is started once all the same.
 * What could not be started is given back to the stream, which tries again.
 */
export const relayHandler =
  (deps: RelayDeps) =>
  async (batch: { Records: Change[] }): Promise<BatchAnswer> => {
    const failures = await Promise.all(
      batch.Records.map(async (change) => {
        const row = deps.newRow(change);
        try {
          if (row !== undefined) await startRow(deps, row);
          return [];
        } catch (error) {
          deps.log.warn("the relay could not start this; the stream tries again", {
            ...(row && { [row.kind]: row.id }),
            error: wordFor(error),
          });
          return [{ itemIdentifier: change.dynamodb?.SequenceNumber ?? "" }];
        }
      }),
    );
    return { batchItemFailures: failures.flat() };
  };

/**
 * Starts what one row asks for, by name: any number of times is once. A job that is not queued any more was started.
 * @throws InfillError when it cannot be started
 */
export async function startRow(deps: Pick<RelayDeps, "engine" | "records">, { kind, id }: NewRow): Promise<void> {
  if (kind === "job") {
    const job = await deps.records.getJob(id);
    if (job?.status === "queued") await startExecution(deps.engine, job);
    return;
  }
  const event = await deps.records.getEvent(id);
  if (event !== undefined) await startDeliveries(deps.engine, event);
}
