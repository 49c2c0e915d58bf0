import type { Clock } from "@infill/core";
import type { Timers } from "../engine/timers.ts";
import { sleepOn } from "../sleep.ts";

interface Timer {
  at: number;
  run: () => void;
}

/**
 * Time that stands still until a test moves it. Timers run in the order of their times, inside
 * `advance`; what hangs on their promises runs after it has returned.
 */
export class VirtualClock implements Clock, Timers {
  #now: number;
  /** In the order they were set, which decides between timers of one moment. */
  readonly #timers = new Set<Timer>();

  /** @param start ms since the epoch */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }

  /** Moves time on by `ms`, running every timer that falls due on the way, also those set on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) this.#fire(next);
    this.#now = end;
  }

  /** Moves time to the next timer and runs it. @returns false when no timer is set */
  advanceToNext(): boolean {
    const next = this.#next();
    if (next === undefined) return false;
    this.#fire(next);
    return true;
  }

  /** ms until the next timer; `Infinity` when none is set. */
  untilNext(): number {
    return (this.#next()?.at ?? Number.POSITIVE_INFINITY) - this.#now;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
    return next;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.run();
  }
}
