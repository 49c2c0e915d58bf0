import type { Changes } from "../changes.ts";
import type { Time } from "../time.ts";

/** One call of the webhook. */
export interface CallbackStep {
  /** Before the submit is answered, right after that, or when the work has ended. */
  at: "before-answer" | "accepted" | "finished";
  /** Seconds after that moment; default 0. Not used for `before-answer`. */
  afterSeconds?: number;
  /** `result` tells what became of the job; the others say it whatever is true. */
  body: "result" | "empty" | "processing" | "failed";
}

/** The plans that have been seen, by name. `late` is an hour after the end. */
export const CALLBACK_PLANS = {
  once: [{ at: "finished", body: "result" }],
  twice: [
    { at: "finished", body: "result" },
    { at: "finished", body: "result", afterSeconds: 1 },
  ],
  late: [{ at: "finished", body: "result", afterSeconds: 3600 }],
  early: [{ at: "before-answer", body: "result" }],
  never: [],
  empty: [{ at: "finished", body: "empty" }],
  "processing-first": [
    { at: "accepted", body: "processing" },
    { at: "finished", body: "result" },
  ],
  "processing-last": [
    { at: "finished", body: "result" },
    { at: "finished", body: "processing", afterSeconds: 1 },
  ],
  "says-failed": [{ at: "finished", body: "failed" }],
} as const satisfies Record<string, readonly CallbackStep[]>;

export type CallbackPlan = keyof typeof CALLBACK_PLANS | readonly CallbackStep[];

export function callbackSteps(plan: CallbackPlan): readonly CallbackStep[] {
  return typeof plan === "string" ? CALLBACK_PLANS[plan] : plan;
}

/** A callback that was sent, and what became of it. */
export interface SentCallback {
  readonly jobId: string | number;
  readonly url: string;
  readonly body: Record<string, unknown>;
  /** Milliseconds since the epoch. */
  readonly sentAt: number;
  /** The receiver's HTTP status; a redirect is not followed. */
  status?: number;
  /** Why there is no status: `timed out after 30 s`, or the connection's fault. */
  failure?: string;
}

/** The vendor waits this long for a 2xx and does not try again. */
const CALLBACK_TIMEOUT_MS = 30_000;

interface Surroundings {
  time: Time;
  changes: Changes;
  /** Aborted when the simulator closes. */
  closing: AbortSignal;
}

/** POSTs one callback and notes the outcome on it. Never throws: nobody at the vendor's reads the answer. */
export async function sendCallback(callback: SentCallback, { time, changes, closing }: Surroundings): Promise<void> {
  const abort = new AbortController();
  const cancel = time.schedule(CALLBACK_TIMEOUT_MS, () => abort.abort(new Error("timed out after 30 s")));
  try {
    const response = await fetch(callback.url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "*/*" },
      body: JSON.stringify(callback.body),
      redirect: "manual",
      signal: AbortSignal.any([abort.signal, closing]),
    });
    callback.status = response.status;
    await response.body?.cancel();
  } catch (error) {
    callback.failure = reasonOf(error);
  } finally {
    cancel();
  }
  changes.changed();
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
