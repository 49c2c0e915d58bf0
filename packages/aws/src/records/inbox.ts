import type { Records, StoredCallback } from "@infill/core";
import { fromItem, type Item, toItem } from "./item.ts";
import type { Rows } from "./rows.ts";
import { callbackKey, providerKey } from "./table.ts";

/** What providers tell us: their names for our jobs, and their callbacks. */
export function inbox(
  rows: Rows,
  vanishing: (ms: number) => Item,
): Pick<Records, "bindProviderJob" | "boundJob" | "putCallback" | "listCallbacks"> {
  const readAll = async (jobId: string): Promise<StoredCallback[]> => {
    const { pk } = callbackKey(jobId, 0);
    const items = await rows.readBeginning({ pk, sk: "callback#" }, "reading a job's callbacks");
    return items.map((item) => {
      const { v: _, ...callback } = fromItem<StoredCallback & { v: 1 }>(item);
      return callback;
    });
  };

  return {
    async bindProviderJob(provider, id, job) {
      // The first to come has it: the row is put where none is, or where it is this job's already.
      const row = { v: 1, provider, id, job };
      const condition = "attribute_not_exists(#pk) OR #job = :job";
      return rows.put(toItem(providerKey(provider, id), row), "binding a provider's id", condition, { job });
    },

    async boundJob(provider, id) {
      const row = await rows.read(providerKey(provider, id), "reading whose a provider's id is");
      return row && String(row["job"]);
    },

    async putCallback(jobId, callback, max) {
      for (;;) {
        const there = await readAll(jobId);
        if (there.some(({ hash }) => hash === callback.hash)) return "duplicate";
        if (there.length >= max) return "full";
        // Put at the next position, only if nobody took it: whoever holds a position has seen all before
        // it, so there is never one body twice, nor more than `max`, and the order is that of arrival.
        const item = {
          ...toItem(callbackKey(jobId, there.length), { v: 1, ...callback }),
          ...vanishing(callback.receivedAt),
        };
        if (await rows.put(item, "storing a callback", "attribute_not_exists(#pk)")) return "stored";
      }
    },

    listCallbacks: readAll,
  };
}
