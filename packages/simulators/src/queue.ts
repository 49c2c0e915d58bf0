import type { Changes } from "./changes.ts";
import type { Time } from "./time.ts";
import type { Work } from "./vendor.ts";

/** Work that is taken now and done later. */
export interface QueuedWork extends Work {
  readonly id: string;
  done: boolean;
}

export interface Queue<Taken extends QueuedWork> {
  /** @param takesSeconds `Infinity` waits for `release` */
  add(work: Taken, takesSeconds: number): void;
  find(id: string): Taken | undefined;
  /** Ends work now; resolves when whoever is called back has answered. @throws Error for an unknown id */
  release(id: string): Promise<void>;
}

/** @param onEnd is called once for each */
export function createQueue<Taken extends QueuedWork>(
  { time, changes, works }: { time: Time; changes: Changes; works: Taken[] },
  onEnd: (work: Taken) => Promise<void>,
): Queue<Taken> {
  const find = (id: string) => works.find((work) => work.id === id);
  async function release(id: string) {
    const work = find(id);
    if (work === undefined) throw new Error(`There is no work ${id}; there is ${works.map((each) => each.id)}`);
    if (work.done) return;
    work.done = true;
    changes.changed();
    await onEnd(work);
  }
  return {
    find,
    release,
    add(work, takesSeconds) {
      works.push(work);
      changes.changed();
      if (takesSeconds !== Infinity) time.schedule(takesSeconds * 1000, () => void release(work.id));
    },
  };
}

const DELIVERY_TIMEOUT_MS = 15_000;

/** POSTs a webhook's JSON once. Never throws: nobody at a vendor's reads the answer. */
export async function deliver(
  { url, text, headers }: { url: string; text: string; headers: Record<string, string> },
  { time, closing }: { time: Time; closing: AbortSignal },
): Promise<void> {
  const abort = new AbortController();
  const cancel = time.schedule(DELIVERY_TIMEOUT_MS, () => abort.abort());
  const signal = AbortSignal.any([abort.signal, closing]);
  await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: text,
    redirect: "manual",
    signal,
  })
    .then((response) => response.body?.cancel())
    .catch(() => {});
  cancel();
}
