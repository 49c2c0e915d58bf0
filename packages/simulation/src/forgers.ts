import { wordOf } from "./callers.ts";
import type { Site } from "./site.ts";
import type { Work } from "./vendor.ts";

/** What somebody tries who is no vendor, or holds a link that one had. */
type Forgery = "a guess" | "another job's" | "a changed link" | "a replay" | "a lie";
const FORGERIES: readonly [Forgery, ...Forgery[]] = ["a guess", "another job's", "a changed link", "a replay", "a lie"];

/** Whether the link itself is wrong: the receiver must not so much as look at such a request. */
const isWrongLink = (forgery: Forgery): boolean => forgery !== "a replay" && forgery !== "a lie";

/** Sends what no vendor would. @param name may be left out of a run, as may all `forgers` */
export async function forge(site: Site, name: string): Promise<void> {
  const { world, network, law } = site;
  await world.sleep(world.draw.whole(`time of ${name}`, 200, 60_000));
  const forgery = world.draw.of(`what ${name} does`, FORGERIES);
  if (!world.has(isWrongLink(forgery) ? "forged" : "replayed")) return;
  const works = [...(site.vendors.get("alpha")?.works.values() ?? [])].filter((work) => work.callbackUrl);
  const work = works[world.draw.whole(`whose ${name}`, 0, Math.max(0, works.length - 1))];
  if (work === undefined) return;
  const status = await network.callback(name, requestOf(site, name, forgery, work, works));
  if (isWrongLink(forgery)) law.forged(forgery, status);
}

function requestOf({ world, records }: Site, name: string, forgery: Forgery, work: Work, works: readonly Work[]) {
  const path = new URL(work.callbackUrl ?? "").pathname;
  const truth = work.end === "succeeded" && work.doneAt <= world.now ? "succeeded" : "processing";
  const victim = works[world.draw.whole(`victim of ${name}`, 0, works.length - 1)] ?? work;
  const ids = [...records.jobs.keys()];
  const target = ids[world.draw.whole(`target of ${name}`, 0, ids.length - 1)] ?? work.jobId;
  switch (forgery) {
    case "a guess": {
      // right in every part but the last, and with another job's work in it
      const [, , , kid] = (path.split("/").at(-1) ?? "").split(".");
      const attempt = records.jobs.get(target)?.attempt ?? 1;
      const until = Math.floor(world.now / 1000) + 600;
      const token = [target, attempt, until, kid, "A".repeat(32)].join(".");
      return { path: `/webhooks/alpha/${token}`, body: wordOf(victim, "succeeded") };
    }
    case "another job's":
      return {
        path: path.replace(work.jobId, target === work.jobId ? `${target}x` : target),
        body: wordOf(victim, "succeeded"),
      };
    case "a changed link":
      return { path: path.replace("/alpha/", "/gamma/"), body: wordOf(victim, "succeeded") };
    case "a replay":
      return { path, body: wordOf(work, truth) };
    case "a lie": {
      const lie = world.draw(`lie of ${name}`) < 0.5 ? "succeeded" : "failed";
      return { path, body: wordOf(work, lie).replace(`${work.id}/0`, "nothing of the kind") };
    }
  }
}
