import { type Draw, drawFrom } from "./draw.ts";

/** What a run is of: two runs with equal settings are equal bit for bit. */
export interface Settings {
  seed: number;
  /** Names of faults, clients and forgers to leave out: how a failing run is made smaller. */
  without?: ReadonlySet<string>;
  /** Keep what happened, in words. */
  traced?: boolean;
}

/** Whoever works in a world, and may be left with nothing to do. */
export interface Worker {
  /** It seems to wait for nothing. */
  readonly idle: boolean;
  /** Called when nothing more can happen at this moment, and it still does. */
  rest(): void;
}

interface Event {
  at: number;
  /** Decides between events of one moment. */
  order: number;
  worker: Worker | undefined;
  /** `undefined`: it was taken back. */
  run: (() => void) | undefined;
}

/**
 * Microtasks that what an event sets off is given before the next one: enough for nearly everything, and the same
 * on every run. Only whether somebody is left with nothing to do must be known for certain, which takes longer.
 */
const HOPS = 8;
/** What is broken when a run goes on for longer than this. */
const MOST_EVENTS = 60_000;

/**
 * Virtual time, and everything that happens in it, one event after another. All that waits, waits for an
 * event: nothing here has a timer, a thread or a socket.
 */
export class World {
  readonly draw: Draw;
  readonly start = Date.UTC(2026, 0, 1);
  now = this.start;
  /** Whether what is carried out now was sent by a process that has died since. */
  isLate = false;
  /** From then on nothing breaks any more; ms. */
  readonly quietAt: number;
  /** Share of calls that break. */
  readonly faultRate: number;
  /** What was drawn to go wrong, by name. */
  readonly faults: string[] = [];
  readonly trace: string[] = [];
  readonly #without: ReadonlySet<string>;
  readonly #traced: boolean;
  readonly #heap: Event[] = [];
  #order = 0;

  constructor({ seed, without = new Set(), traced = false }: Settings) {
    this.draw = drawFrom(seed);
    this.#without = without;
    this.#traced = traced;
    this.quietAt = this.start + this.draw.whole("quiet", 20_000, 400_000);
    this.faultRate = this.draw.of("fault rate", [0, 0.003, 0.01, 0.02, 0.05]);
  }

  /** Whether something that may be left out is there. */
  has(name: string): boolean {
    return !this.#without.has(name);
  }

  /** Lets something go wrong, by its name: unless it is left out, or all is quiet. */
  breaks(name: string, chance: number): boolean {
    if (this.now >= this.quietAt || this.draw(name) >= chance || !this.has(name)) return false;
    this.faults.push(name);
    return true;
  }

  /** @param words made only when somebody reads them */
  say(words: () => string): void {
    if (this.#traced) this.trace.push(`${((this.now - this.start) / 1000).toFixed(3).padStart(9)} s  ${words()}`);
  }

  /** @returns what takes the event back */
  after(ms: number, run: () => void, worker?: Worker): () => void {
    const event: Event = { at: this.now + Math.max(0, ms), order: this.#order++, worker, run };
    this.#push(event);
    return () => {
      event.run = undefined;
    };
  }

  /** For those who cannot break. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /**
   * Runs until nothing is left to happen.
   * @throws Error when that never comes
   */
  async run(): Promise<void> {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      const { run, worker } = event;
      if (run === undefined) continue;
      this.now = event.at;
      run();
      for (let hop = 0; hop < HOPS; hop++) await undefined;
      if (worker?.idle) {
        await settled();
        if (worker.idle) worker.rest();
      }
      if (this.#order > MOST_EVENTS) throw new Error(`this world has not come to rest after ${MOST_EVENTS} events`);
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !earlier(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const least = right !== undefined && earlier(right, left) ? 2 * at + 2 : 2 * at + 1;
      const below = heap[least] ?? left;
      if (!earlier(below, last)) break;
      heap[at] = below;
      at = least;
    }
    heap[at] = last;
    return first;
  }
}

const earlier = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Resolves when every promise that could go on has: a turn of the event loop comes after all of them. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
