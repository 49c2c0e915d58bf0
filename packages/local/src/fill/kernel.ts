import { KERNEL_BASE64 } from "./kernel.wasm.ts";
import { type Level, PATCH_RADIUS } from "./pyramid.ts";

/** What assembly/kernel.ts exports. Pointers and counts; lists are i32 pixel indices. */
interface Exports {
  memory: WebAssembly.Memory;
  bind(w: number, h: number, pixels: number, sources: number, matches: number, costs: number, weights: number): void;
  seed(value: number): void;
  measure(targets: number, count: number): void;
  search(targets: number, count: number, backwards: number, reach: number): void;
  exhaust(targets: number, count: number, sources: number, sourceCount: number): void;
  peel(target: number, known: number, sources: number, sourceCount: number): void;
  vote(holes: number, count: number, focus: number): void;
  judge(ring: number, count: number, errors: number): void;
  drift(holes: number, count: number, step: number, drifts: number): void;
}

/** Marks a patch that has no match (yet). */
export const NO_MATCH = -1;

/**
 * The kernel with one level of the pyramid in its memory. Views are the kernel's own memory: they change as it
 * works, and mean another level after the next `load`.
 */
export class Kernel {
  /** 4 bytes a px: red, green, blue, texture. */
  pixels = new Uint8Array();
  /** For each target the centre of the source patch it resembles; NO_MATCH everywhere else. */
  matches = new Int32Array();
  /** Sum of squared differences between the two patches. */
  costs = new Int32Array();
  /** How much a patch's opinion counts in the vote. */
  weights = new Float32Array();
  /** 4 bytes a px, 255 where `peel` may look at it. */
  known = new Uint8Array();

  readonly #wasm: Exports;
  readonly #at: Record<"pixels" | "sourceMap" | "matches" | "costs" | "weights" | "known" | "sources" | "list", number>;
  readonly #listBytes: number;
  #sourceCount = 0;

  /** @param largest the level that needs the most room */
  constructor(largest: Level, seed: number) {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(KERNEL_BASE64, "base64")));
    this.#wasm = exports as unknown as Exports;
    this.#wasm.seed(seed);
    const count = largest.width * largest.height;
    this.#listBytes = Math.max(4 * count, 16 + 20 * Math.max(largest.targets.length, largest.holes.length));
    const room = 4 * margin(largest.width);
    let top = 1024;
    const reserve = (bytes: number): number => {
      const start = top;
      // a patch's last load reads past its end
      top = (top + bytes + 64 + 15) & ~15;
      return start;
    };
    this.#at = {
      pixels: reserve(4 * count),
      sourceMap: reserve(count),
      matches: reserve(4 * count + 2 * room) + room,
      costs: reserve(4 * count),
      weights: reserve(4 * count),
      known: reserve(4 * count),
      sources: reserve(4 * count),
      list: reserve(this.#listBytes),
    };
    this.#wasm.memory.grow(Math.ceil(top / 65_536));
  }

  /** Puts a level in, without any match. */
  load(level: Level): void {
    const { width, height } = level;
    const count = width * height;
    const { buffer } = this.#wasm.memory;
    const at = this.#at;
    this.pixels = new Uint8Array(buffer, at.pixels, 4 * count);
    this.pixels.set(level.pixels);
    new Uint8Array(buffer, at.sourceMap, count).set(level.sourceMap);
    new Int32Array(buffer, at.matches - 4 * margin(width), count + 2 * margin(width)).fill(NO_MATCH);
    this.matches = new Int32Array(buffer, at.matches, count);
    this.costs = new Int32Array(buffer, at.costs, count);
    this.weights = new Float32Array(buffer, at.weights, count);
    this.known = new Uint8Array(buffer, at.known, 4 * count);
    this.setSources(level.sources);
    this.#wasm.bind(width, height, at.pixels, at.sourceMap, at.matches, at.costs, at.weights);
  }

  /** The sources that `exhaust` and `peel` go through. */
  setSources(sources: Int32Array): void {
    new Int32Array(this.#wasm.memory.buffer, this.#at.sources, sources.length).set(sources);
    this.#sourceCount = sources.length;
  }

  /** Brings the targets' costs up to date after the picture changed. */
  measure(targets: Int32Array): void {
    this.#wasm.measure(this.#list(targets), targets.length);
  }

  /** One pass of PatchMatch, looking up to `reach` px around. */
  search(targets: Int32Array, backwards: boolean, reach: number): void {
    this.#wasm.search(this.#list(targets), targets.length, backwards ? 1 : 0, reach);
  }

  /** Finds the best of all sources for every target. */
  exhaust(targets: Int32Array): void {
    this.#wasm.exhaust(this.#list(targets), targets.length, this.#at.sources, this.#sourceCount);
  }

  /** Finds the best of all sources for one target by its `known` px. */
  peel(target: number): void {
    this.#wasm.peel(target, this.#at.known, this.#at.sources, this.#sourceCount);
  }

  /** Colours hole px by what the patches over them say; `focus` > 0 (squared difference) decides instead of mixing. */
  vote(holes: Int32Array, focus: number): void {
    this.#wasm.vote(this.#list(holes), holes.length, focus);
  }

  /** How far known px are from what the patches over them say: 4 values each, red, green, blue, texture. */
  judge(ring: Int32Array): Float32Array {
    const list = this.#list(ring);
    const errors = (list + 4 * ring.length + 15) & ~15;
    this.#wasm.judge(list, ring.length, errors);
    return new Float32Array(this.#wasm.memory.buffer, errors, 4 * ring.length).slice();
  }

  /** What is wrong with the steps from hole px to the px `step` further: 4 values each, as `judge`. */
  drift(holes: Int32Array, step: number): Float32Array {
    const list = this.#list(holes);
    const drifts = (list + 4 * holes.length + 15) & ~15;
    this.#wasm.drift(list, holes.length, step, drifts);
    return new Float32Array(this.#wasm.memory.buffer, drifts, 4 * holes.length).slice();
  }

  #list(indices: Int32Array): number {
    new Int32Array(this.#wasm.memory.buffer, this.#at.list, indices.length).set(indices);
    return this.#at.list;
  }
}

/** Entries on either side of the matches that say NO_MATCH, so that looking around a px needs no check. */
function margin(width: number): number {
  // a multiple of 4 keeps what follows aligned
  return (PATCH_RADIUS * (width + 1) + 3) & ~3;
}
