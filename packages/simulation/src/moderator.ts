import type { Moderation, ModerationQuestion, Verdict } from "@infill/core";
import { type Answer, Broken, type Process } from "./process.ts";
import type { World } from "./world.ts";

/** Share of edits that the operator does not want. */
const UNWANTED = 0.2;
/** Share of questions that it breaks over, where things break. */
const FAILS = 0.15;

/** The operator's moderation: it says the same of an edit each time, and is not always there. */
export class Moderator {
  readonly onFailure: Moderation["onFailure"];
  /** Edits that it allowed, whether its answer arrived or not. */
  readonly #allowed = new Set<string>();
  readonly #world: World;
  #asked = 0;

  private constructor(world: World, onFailure: Moderation["onFailure"]) {
    this.#world = world;
    this.onFailure = onFailure;
  }

  /** Of a third of the worlds. */
  static of(world: World): Moderator | undefined {
    if (world.draw("moderation") >= 1 / 3) return undefined;
    return new Moderator(world, world.draw("strict moderation") < 0.5 ? "refuse" : "allow");
  }

  /** It, as a process asks it. */
  adapter(process: () => Process): Moderation {
    return {
      onFailure: this.onFailure,
      ask: (question, signal) => process().call<Verdict>("moderation", () => this.#answer(question), { signal }),
    };
  }

  /** Whether it wants an edit. */
  wants(job: string): boolean {
    return this.#world.draw(`moderation of ${job}`) >= UNWANTED;
  }

  /** Whether it was asked about an edit, and allowed it. */
  allowed(job: string): boolean {
    return this.#allowed.has(job);
  }

  #answer({ job }: ModerationQuestion): Answer<Verdict> {
    const { draw, faultRate } = this.#world;
    const name = `moderation of ${job} ${this.#asked++}`;
    if (faultRate > 0 && this.#world.breaks(name, FAILS)) return { error: new Broken("it answers with 500") };
    const takes = draw.whole(`ms of ${name}`, 5, 3000);
    if (!this.wants(job)) return { value: { allow: false, reason: "Not here" }, takes };
    this.#allowed.add(job);
    return { value: { allow: true }, takes };
  }
}
