import fc from "fast-check";
import { Pool } from "undici";
import { type Call, FORGERIES, genuine, type Own } from "./forgeries.ts";
import { type Site, startSite } from "./site.ts";

export interface CallbackReport {
  /** Calls that nobody was to make. */
  forged: number;
  /** Of them, by kind and status. */
  answers: Record<string, Record<number, number>>;
  /** How long the provider's own callbacks took to be acknowledged, ms, in order of length. */
  acknowledged: number[];
  /** Answers, and rows, that are not as they must be. */
  surprises: string[];
}

export interface CallbackOptions {
  /** Forged ones. */
  count: number;
  seed: number;
  /** Ends it early: what was done is told. */
  signal?: AbortSignal;
  /** Told of every batch. */
  progress?: (done: number, report: CallbackReport) => void;
  /** What else happens meanwhile. */
  during?: (site: Site) => Promise<void>;
}

/** Calls that are under way at once. */
const AT_ONCE = 8;
/** Shorter than the 5 s after which Node's server closes an idle connection, also where this process has to wait. */
const KEPT_MS = 1000;
/** Calls that are made of one seed. */
const BATCH = 1000;
/** Among so many forged ones there is one that is genuine, and one that is sent again. */
const GENUINE_EVERY = 250;
/** Different ones that the provider sends for one job: below the bound of what is kept. */
const EACH_JOB = 6;
const MOST_SURPRISES = 20;

/**
 * Forged callbacks against the receiver while jobs are open, over HTTP, with the provider's own among them.
 * What is stored in the end must be the provider's own and nothing else, and no row may have changed.
 */
export async function fuzzCallbacks(options: CallbackOptions): Promise<CallbackReport> {
  const { count, seed, signal, progress, during } = options;
  const jobs = Math.ceil(count / GENUINE_EVERY / EACH_JOB) + 1;
  const site = await startSite({ jobs });
  const pool = new Pool(site.url, {
    connections: AT_ONCE,
    pipelining: 1,
    keepAliveTimeout: KEPT_MS,
    keepAliveMaxTimeout: KEPT_MS,
  });
  const report: CallbackReport = { forged: 0, answers: {}, acknowledged: [], surprises: [] };
  const own: Own[] = [];
  const rows = site.rows();
  try {
    const { body } = await pool.request({ method: "POST", path: "/nowhere", body: "{}" });
    const wire: Wire = { pool, report, nowhere: withoutId(await body.text()) };
    while (report.forged < count && report.surprises.length < MOST_SURPRISES && !signal?.aborted) {
      const numRuns = Math.min(BATCH, count - report.forged);
      const means = fc.sample(drawn, { numRuns, seed: (seed + report.forged) | 0 });
      await inParallel(means, async (draw, index) => {
        report.forged++;
        await make(wire, forged(site, draw));
        if ((index + 1) % GENUINE_EVERY !== 0) return;
        const next = nextOwn(site, own);
        report.acknowledged.push(await make(wire, genuine(next, "genuine")));
        await make(wire, genuine(own[draw.chance % own.length] ?? next, "genuine, sent again"));
      });
      progress?.(report.forged, report);
    }
    await during?.(site);
    report.acknowledged.sort((a, b) => a - b);
    report.surprises.push(...changes(site, rows, own));
    return report;
  } finally {
    await pool.destroy();
    await site.close();
  }
}

const kinds = Object.keys(FORGERIES);
const isHuge = (kind: string): boolean => kind.startsWith("a huge body");
const drawn = fc.record({
  kind: fc.oneof(
    { weight: 200, arbitrary: fc.constantFrom(...kinds.filter((kind) => !isHuge(kind))) },
    { weight: 1, arbitrary: fc.constantFrom(...kinds.filter(isHuge)) },
  ),
  chance: fc.nat({ max: 0xffffffff }),
  job: fc.nat(),
  other: fc.nat(),
});

/** What a draw stands for; never two jobs that are one. */
function forged(site: Site, draw: { kind: string; chance: number; job: number; other: number }): Call {
  const { open } = site;
  const [job, other] = [
    open[draw.job % open.length],
    open[(draw.job + 1 + (draw.other % (open.length - 1))) % open.length],
  ];
  const forge = FORGERIES[draw.kind];
  if (job === undefined || other === undefined || forge === undefined) throw new Error("there are too few jobs");
  return forge({ chance: draw.chance, job, other, site });
}

/** The next of the provider's own: another body, for one job after another. */
function nextOwn({ open }: Site, own: Own[]): Own {
  const job = open[own.length % open.length];
  if (job === undefined) throw new Error("there is no job");
  const next = { job, body: JSON.stringify({ status: "success", id: `own-${own.length}` }) };
  own.push(next);
  return next;
}

async function inParallel<T>(list: readonly T[], work: (item: T, index: number) => Promise<void>): Promise<void> {
  const lane = async (first: number): Promise<void> => {
    for (const [index, item] of list.entries()) if (index % AT_ONCE === first) await work(item, index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => lane(first)));
}

interface Wire {
  pool: Pool;
  report: CallbackReport;
  /** What is answered where there is nothing, but for the request's id. */
  nowhere: string;
}

const withoutId = (text: string): string => text.replace(/"requestId":"\w+"/, "");

/** Makes a call, and holds its answer against what it must be. @returns how long that took, ms */
async function make({ pool, report, nowhere }: Wire, { kind, answer, ...call }: Call): Promise<number> {
  const began = performance.now();
  let answered = await ask(pool, call);
  // a kept connection may be closed just as it is written to: whoever meets that asks again
  if (answered.status === CUT_OFF && answer !== 413) answered = await ask(pool, call);
  const { status, text } = answered;
  const took = performance.now() - began;
  const of = report.answers[kind] ?? {};
  report.answers[kind] = of;
  of[status] = (of[status] ?? 0) + 1;
  // a server that refuses what is still being sent may hang up
  const right = status === answer || (status === CUT_OFF && answer === 413);
  if (!right || (status === 404 && withoutId(text) !== nowhere))
    report.surprises.push(`${kind}: ${call.method} ${call.path} → ${status} ${text}`);
  return took;
}

/** In the place of a status: the server hung up. */
const CUT_OFF = 0;

async function ask(pool: Pool, { body, ...call }: Pick<Call, "method" | "path" | "headers" | "body">) {
  try {
    const answer = await pool.request({ ...call, body: call.method === "GET" ? null : body });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    return { status: CUT_OFF, text: String(error) };
  }
}

/** What differs from what must be: no row but the provider's own callbacks, each once. */
function changes(site: Site, rows: string, own: readonly Own[]): string[] {
  const expected = Map.groupBy(own, ({ job }) => job.id);
  const stored = site.stored();
  const bodies = (list: readonly string[] = []) => list.toSorted().join("\n");
  const wrong = site.open.filter(
    ({ id }) => bodies(stored.get(id)) !== bodies(expected.get(id)?.map(({ body }) => body)),
  );
  return [
    ...(site.rows() === rows ? [] : ["a row changed that no callback may change"]),
    ...(stored.size === expected.size ? [] : [`callbacks of ${stored.size} jobs are stored, not of ${expected.size}`]),
    ...wrong.map(({ id }) => `what is stored for ${id} is not what its provider sent`),
  ];
}
