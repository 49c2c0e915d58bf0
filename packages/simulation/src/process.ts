import type { Clock, Ids } from "@infill/core";
import { idsOf } from "./draw.ts";
import type { Worker, World } from "./world.ts";

/** What the far end of a call does, and how long its answer takes. */
export interface Answer<T> {
  value?: T;
  error?: unknown;
  /** ms */
  takes?: number;
}

/** How a call may go wrong. */
export type FaultKind =
  /** The process dies before the request leaves. */
  | "dies before"
  /** It dies when the request has been carried out, before it hears so. */
  | "dies after"
  /** It dies, and the request is carried out later all the same. */
  | "dies, and it comes late"
  /** The request is refused: throttled, or not connected. */
  | "is refused"
  /** The request is carried out, and its answer is lost. */
  | "loses its answer";

const EVERY_FAULT: readonly FaultKind[] = [
  "dies before",
  "dies after",
  "dies, and it comes late",
  "is refused",
  "loses its answer",
];
export const DEATHS: readonly FaultKind[] = EVERY_FAULT.slice(0, 2);
/** Share of processes whose clocks are off. */
const SKEWED = 0.15;

/** What a broken call throws: no word of ours, so that nobody can tell what became of it. */
export class Broken extends Error {
  override readonly name = "TimeoutError";
}

/**
 * One process: it calls what is outside, and may die at any of these calls. What is dead never goes on: its
 * promises never settle.
 */
export class Process implements Worker {
  readonly world: World;
  readonly name: string;
  /** ms that its clock is off by. */
  readonly skew: number;
  readonly ids: Ids;
  state: "alive" | "done" | "dead" = "alive";
  #pending = 0;
  #calls = 0;
  readonly #onDeath: (how: "crashed" | "idle") => void;

  constructor(world: World, name: string, onDeath: (how: "crashed" | "idle") => void) {
    this.world = world;
    this.name = name;
    this.ids = idsOf(world.draw, name);
    this.#onDeath = onDeath;
    const skewed = world.faultRate > 0 && world.draw(`skewed ${name}`) < SKEWED;
    this.skew = skewed ? world.draw.whole(`skew ${name}`, -1500, 1500) : 0;
  }

  now(): number {
    return Math.floor(this.world.now + this.skew);
  }

  /** Runs to the end, unless it dies. */
  run<T>(work: () => Promise<T>, done: (outcome: { value: T } | { error: unknown }) => void): void {
    const end = (outcome: { value: T } | { error: unknown }) => {
      if (this.state !== "alive") return;
      this.state = "done";
      done(outcome);
    };
    const begin = () =>
      void work().then(
        (value) => end({ value }),
        (error: unknown) => end({ error }),
      );
    this.world.after(0, begin, this);
  }

  /**
   * Calls the outside. It happens at one moment, some ms from now; the answer comes some ms later.
   * @param carryOut what the far end does, at that moment
   * @param options `faults`: what may go wrong; `signal`: stops waiting for the answer
   */
  call<T>(
    what: string,
    carryOut: () => Answer<T>,
    { faults = EVERY_FAULT, signal }: { faults?: readonly FaultKind[]; signal?: AbortSignal | undefined } = {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.state !== "alive") return;
      const { world } = this;
      const name = `${this.name} ${what} ${this.#calls++}`;
      let open = true;
      const close = (settle: () => void) => {
        if (!open || this.state !== "alive") return;
        open = false;
        this.#pending -= 1;
        signal?.removeEventListener("abort", abort);
        settle();
      };
      const abort = () => close(() => reject(signal?.reason));
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener("abort", abort);
      this.#pending += 1;

      world.after(
        this.#latency(`to ${name}`),
        () => {
          if (this.state !== "alive") return;
          const kind = this.#fault(name, faults);
          if (kind !== undefined) world.say(() => `${this.name} ${kind} at ${what}`);
          if (kind === "dies before") return this.die();
          if (kind === "is refused") return close(() => reject(new Broken(`${what} was refused`)));
          if (kind === "dies, and it comes late") {
            world.after(world.draw.whole(`late ${name}`, 0, 20_000), () => {
              world.say(() => `${what}, which the late ${this.name} had sent, is carried out`);
              world.isLate = true;
              carryOut();
              world.isLate = false;
            });
            return this.die();
          }
          const answer = carryOut();
          if (kind === "dies after") return this.die();
          if (kind === undefined) world.say(() => `${this.name}: ${what}${"error" in answer ? " – an error" : ""}`);
          const back = () => {
            if (kind === "loses its answer") return close(() => reject(new Broken(`${what} did not answer`)));
            close(() => ("error" in answer ? reject(answer.error) : resolve(answer.value as T)));
          };
          world.after((answer.takes ?? 0) + this.#latency(`from ${name}`), back, this);
        },
        this,
      );
    });
  }

  /** A call of what is atomic: its effect is at one moment, and what it throws is its answer. */
  ask<T>(what: string, effect: () => T, options: { faults?: readonly FaultKind[] } = {}): Promise<T> {
    return this.call(what, () => attempt(effect), options);
  }

  readonly clock: Clock = {
    now: () => this.now(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        if (this.state !== "alive") return;
        this.#pending += 1;
        const end = (settle: () => void) => {
          this.#pending -= 1;
          signal?.removeEventListener("abort", abort);
          settle();
        };
        const cancel = this.world.after(ms, () => this.state === "alive" && end(resolve), this);
        const abort = () => {
          cancel();
          end(() => reject(signal?.reason));
        };
        signal?.addEventListener("abort", abort);
      }),
  };

  die(): void {
    if (this.state !== "alive") return;
    this.state = "dead";
    this.#onDeath("crashed");
  }

  get idle(): boolean {
    return this.state === "alive" && this.#pending === 0;
  }

  /** A process that waits for nothing outside is put away: what it waits for wakes another. */
  rest(): void {
    this.state = "dead";
    this.#onDeath("idle");
  }

  #latency(name: string): number {
    return 1 + Math.floor(this.world.draw(name) ** 4 * 60);
  }

  #fault(name: string, kinds: readonly FaultKind[]): FaultKind | undefined {
    const { draw, faultRate } = this.world;
    if (faultRate === 0 || !this.world.breaks(`fault ${name}`, faultRate)) return undefined;
    return kinds[draw.whole(`kind ${name}`, 0, kinds.length - 1)];
  }
}

export function attempt<T>(effect: () => T): Answer<T> {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}
