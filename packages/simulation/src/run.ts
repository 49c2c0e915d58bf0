import { schemas } from "@infill/core";
import { Client, settle } from "./clients.ts";
import { forge } from "./forgers.ts";
import { answerPlainly } from "./http.ts";
import { Keys } from "./keys.ts";
import type { InvariantNumber, Violation } from "./law.ts";
import { type Mutant, Site } from "./site.ts";
import { judge } from "./verdict.ts";
import type { Settings } from "./world.ts";

answerPlainly();
await schemas(); // or the first world would wait for a disk, which none has

/** What a world came to. */
export interface Outcome {
  violation: Violation | undefined;
  /** What went wrong, and who was there: all that may be left out. */
  parts: string[];
  trace: string[];
  /** How each job ended, by its id. */
  ends: Map<string, string>;
}

/** Share of worlds that are run once more without those who forge. */
const COMPARED = 0.15;

/** Runs a world to its end, and holds it against what must hold. */
export async function simulate(settings: Settings, mutant?: Mutant): Promise<Outcome> {
  const outcome = await live(settings, mutant);
  const { violation, site } = outcome;
  if (violation !== undefined || site.world.draw("compared") >= COMPARED) return outcome;
  // where nothing breaks and nobody rests, a replay that wakes a job early cannot change its end
  const calm = site.world.faultRate === 0 && !outcome.hurried;
  const absent = calm ? ["forged", "replayed"] : ["forged"];
  const other = await live({ ...settings, without: new Set([...(settings.without ?? []), ...absent]) }, mutant);
  for (const [id, end] of outcome.ends) {
    const before = other.ends.get(id);
    if (end === before) continue;
    const words = `${id} ends as ${end}; without ${absent.join(" and ")} callbacks as ${before}`;
    return { ...outcome, violation: { invariant: 7 satisfies InvariantNumber, words } };
  }
  return outcome;
}

async function live(settings: Settings, mutant: Mutant | undefined) {
  const site = new Site(settings, mutant);
  const { world, law, records } = site;
  const keys = new Keys(site);
  const tenants = [settle(site, "acme"), settle(site, "zoo")] as const;
  const parts: string[] = [];
  const come = (name: string, live: () => Promise<void>) => {
    if (!world.has(name)) return;
    parts.push(name);
    // whoever breaks is a mistake of the simulation's, and this world's seed is how to find it
    live().catch((error: unknown) =>
      law.broken(2, error instanceof Error ? (error.stack ?? error.message) : `${error}`),
    );
  };
  const clients = world.draw.whole("clients", 1, 4);
  for (let i = 1; i <= clients; i++) {
    const name = `client ${i}`;
    const tenant = world.draw.of(`tenant of ${name}`, tenants);
    come(name, () => new Client(site, tenant, name, keys).live());
  }
  const forgers = world.draw.whole("forgers", 0, 4);
  for (let i = 1; i <= forgers; i++) come(`forger ${i}`, () => forge(site, `forger ${i}`));
  try {
    await world.run();
    judge(site);
    keys.judge();
  } catch (error) {
    law.broken(2, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const ends = new Map(
    [...records.jobs.values()].map((job) => {
      const { id, status, error, settlement, request } = job;
      return [id, [status, request.model, error?.code, settlement.state, settlement.amount].filter(Boolean).join(", ")];
    }),
  );
  // who comes first at what there is too little of is a matter of moments
  const hurried =
    site.slots.size > 0 ||
    [...records.jobs.values()].some(
      ({ cancelRequestedAt, route }) => cancelRequestedAt !== undefined || (route?.past.length ?? 0) > 0,
    );
  return { site, violation: law.violations[0], parts: [...parts, ...world.faults], trace: world.trace, ends, hurried };
}
