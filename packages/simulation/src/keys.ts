import type { Reply } from "./network.ts";
import type { Site } from "./site.ts";

/** Holds the jobs that there are against those that were asked for. */
export class Keys {
  readonly #site: Site;
  /** What was agreed to, by the job's id. */
  readonly #agreed = new Map<string, string>();
  readonly #keyed = new Set<string>();
  /** Ids of jobs that were agreed to without a key. */
  readonly #fresh = new Set<string>();
  #unkeyed = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  /** @param id of the job that its key stands for */
  asked(id: string | undefined): void {
    if (id === undefined) this.#unkeyed += 1;
    else this.#keyed.add(id);
  }

  answered(id: string | undefined, text: string, { status, body }: Reply, made: string | undefined): void {
    const { law } = this.#site;
    if (made === undefined) {
      const gone = status === 410 && this.#site.law.isErased(id ?? "");
      const expected = gone || [402, 422, 503, 500].includes(status);
      if (!expected) law.broken(9, `a request for an edit is answered with ${status}: ${body}`);
      if (status === 422 && !body.includes("idempotency_mismatch")) law.broken(9, `a good request is refused: ${body}`);
      return;
    }
    if (id === undefined) {
      if (this.#fresh.has(made)) law.broken(9, `${made} is the job of two requests without a key`);
      this.#fresh.add(made);
      return;
    }
    if (made !== id) law.broken(9, `the key of ${id} made ${made}`);
    const agreed = this.#agreed.get(id) ?? text;
    if (agreed !== text) law.broken(9, `two requests are agreed to under the key of ${id}`);
    this.#agreed.set(id, agreed);
  }

  judge(): void {
    const { law, records } = this.#site;
    const others = [...records.jobs.keys()].filter((id) => !this.#keyed.has(id));
    if (others.length > this.#unkeyed)
      law.broken(9, `${others.length} jobs of ${this.#unkeyed} requests without a key`);
    for (const id of [...this.#agreed.keys(), ...this.#fresh])
      if (!records.jobs.has(id)) law.broken(9, `${id} was agreed to and is not there`);
  }
}
