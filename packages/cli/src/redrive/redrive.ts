import {
  type Clock,
  type Engine,
  expireJob,
  type Ids,
  isTerminal,
  type Log,
  type Records,
  startExecution,
} from "@infill/core";
import { jobOfExecution } from "@infill/functions/expire";
import { startRow } from "@infill/functions/relay";
import type { LostMessage, LostQueue } from "../aws/lost-queue.ts";
import { readLost } from "./message.ts";

export interface RedriveDeps {
  queue: Pick<LostQueue, "receive" | "delete" | "giveBack">;
  records: Records;
  engine: Engine;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** Ids of events whose delivery was never tried. */
  undelivered: () => AsyncIterable<string>;
  /** Told of every action, done or failed. */
  onAction: (action: Action) => void;
  /** Says what would be done, and does nothing. */
  dryRun: boolean;
}

/** One thing that was done again, or would be. */
export interface Action {
  /** `start` a job, `deliver` an event, `expire` a job. */
  does: "start" | "deliver" | "expire";
  /** Of the job or event. */
  id: string;
  /** Why it could not be done. */
  failure?: string;
}

export interface Redriven {
  /** Messages that were there. */
  messages: number;
  deleted: number;
  /** Messages that stay, and why. */
  kept: { message: string; because: string }[];
  actions: Action[];
}

/** So many unclaimed jobs are read at once. */
const PAGE = 500;

/**
 * Does again what the queue says could not be done, and deletes a message once that is done. Everything in
 * it may be done any number of times, by any number of people at once: a start is by name, an end is once.
 *
 * A message of the relay names a place in the stream and no job, and the stream forgets after a day. The
 * table does not: what a lost start leaves behind is a job that nobody claimed, or an event that nobody
 * delivered, and those are started, whichever message they are of.
 */
export async function redrive(deps: RedriveDeps): Promise<Redriven> {
  const { queue, dryRun } = deps;
  const done: Redriven = { messages: 0, deleted: 0, kept: [], actions: [] };
  const rows: LostMessage[] = [];
  const inHand = new Set<LostMessage>();

  const settle = async (message: LostMessage, trouble: string | undefined): Promise<void> => {
    if (trouble !== undefined) done.kept.push({ message: message.id, because: trouble });
    if (trouble !== undefined || dryRun) return;
    await queue.delete(message);
    inHand.delete(message);
    done.deleted++;
  };
  /** @returns why it failed */
  const act = async (does: Action["does"], id: string, run: () => Promise<unknown>): Promise<string | undefined> => {
    const failure = dryRun ? undefined : await run().then(() => undefined, wordsOf);
    const action = { does, id, ...(failure === undefined ? {} : { failure }) };
    done.actions.push(action);
    deps.onAction(action);
    return failure;
  };

  try {
    for await (const message of queue.receive()) {
      done.messages++;
      inHand.add(message);
      const lost = readLost(message.body);
      if (lost.kind === "rows") rows.push(message);
      else if (lost.kind === "execution") await settle(message, await endJobOf(deps, lost.arn, act).catch(wordsOf));
      else await settle(message, "it is not a message of this system");
    }
    if (rows.length > 0) {
      const trouble = await startWhatIsLeft(deps, act).catch(wordsOf);
      for (const message of rows) await settle(message, trouble);
    }
    return done;
  } finally {
    // also after a failure on the way
    await Promise.all([...inHand].map((message) => queue.giveBack(message)));
  }
}

type Act = (does: Action["does"], id: string, run: () => Promise<unknown>) => Promise<string | undefined>;

async function endJobOf(deps: RedriveDeps, executionArn: string, act: Act): Promise<string | undefined> {
  const meant = jobOfExecution(executionArn);
  const job = await deps.records.getJob(meant.id);
  // the records of a job that is long over may be gone, and another may have its id
  if (job === undefined || isTerminal(job.status)) return undefined;
  if (meant.createdAt !== undefined && meant.createdAt !== job.createdAt) return undefined;
  return act("expire", meant.id, () => expireJob(deps, meant));
}

/** @returns why something could not be started */
async function startWhatIsLeft(deps: RedriveDeps, act: Act): Promise<string | undefined> {
  const failures: (string | undefined)[] = [];
  const seen = new Set<string>();
  for (;;) {
    // one that was started a moment ago is in the list until it is claimed
    const jobs = (await deps.records.unclaimedJobs(seen.size + PAGE)).filter(({ id }) => !seen.has(id));
    if (jobs.length === 0) break;
    for (const job of jobs) {
      const { id, deadlineAt } = job;
      seen.add(id);
      const late = deps.clock.now() >= deadlineAt;
      failures.push(
        late
          ? await act("expire", id, () => expireJob(deps, job))
          : await act("start", id, () => startExecution(deps.engine, job)),
      );
    }
  }
  for await (const id of deps.undelivered())
    failures.push(await act("deliver", id, () => startRow(deps, { kind: "event", id })));
  return failures.find((failure) => failure !== undefined);
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
