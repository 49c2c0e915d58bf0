import { VENDORS } from "./models.ts";
import type { Site } from "./site.ts";
import type { Work } from "./vendor.ts";

/** What a vendor says of work. */
export const wordOf = (work: Work, state: "processing" | "succeeded" | "failed"): string =>
  JSON.stringify({ id: work.id, state, output: state === "succeeded" ? `${work.id}/0` : null });

const ATTEMPTS = 4;

/** A vendor that calls back about work it took: too early, twice, late, out of order, or not at all. */
export function callBack(site: Site, work: Work): void {
  const { world, network } = site;
  const { callbackUrl } = work;
  if (callbackUrl === undefined || !VENDORS[work.vendor].callsBack) return;
  const path = new URL(callbackUrl).pathname;
  const tell = async (state: "processing" | "succeeded" | "failed", name: string, at: number) => {
    await world.sleep(at - world.now);
    if (world.breaks(`${name} is never sent`, world.faultRate * 6)) return;
    if (world.breaks(`${name} is late`, world.faultRate * 6))
      await world.sleep(world.draw.whole(`by ${name}`, 0, 60_000));
    const body = wordOf(work, state);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const status = await network.callback(`${name} #${attempt}`, { path, body });
      if (status !== undefined && status !== 429 && status < 500) return;
      await world.sleep(attempt * 5000);
    }
  };
  const name = `callback ${work.id}`;
  if (world.draw(`tells of ${name}`) < 0.3)
    void tell("processing", `${name} on the way`, world.now + world.draw.whole(`on the way ${name}`, 0, 4000));
  if (!Number.isFinite(work.doneAt)) return;
  const state = work.end === "succeeded" ? "succeeded" : "failed";
  void tell(state, `${name} at the end`, work.doneAt);
  if (world.breaks(`${name} comes twice`, world.faultRate * 6))
    void tell(state, `${name} again`, work.doneAt + world.draw.whole(`again ${name}`, 0, 20_000));
}
