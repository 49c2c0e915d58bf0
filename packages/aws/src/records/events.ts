import { deliveryRank, type EndpointSet, type OutgoingEvent, type Records } from "@infill/core";
import { fromItem, type Item, toAttribute, toItem } from "./item.ts";
import type { Rows } from "./rows.ts";
import { keyOf } from "./table.ts";

// How each endpoint was told is an attribute of its own, beside the rank of that note: deliveries to several
// endpoints at once write nothing of each other's.
const TOLD = "told_";
const TRIES = "tries_";

/** The event that a row is. */
export function fromEventItem(item: Item): OutgoingEvent {
  const entries = Object.entries(fromItem<Item>(item)).filter(([name]) => !name.startsWith(TRIES));
  const event = Object.fromEntries(entries.filter(([name]) => !name.startsWith(TOLD)));
  const told = entries
    .filter(([name]) => name.startsWith(TOLD))
    .map(([name, value]) => [name.slice(TOLD.length), value]);
  return { ...event, ...(told.length === 0 ? {} : { told: Object.fromEntries(told) }) } as OutgoingEvent;
}

/** How deliveries go, and to which endpoints. */
export function eventRecords(
  rows: Pick<Rows, "read" | "update" | "put">,
): Pick<Records, "getEvent" | "updateDelivery" | "getEndpoints" | "putEndpoints"> {
  return {
    async getEvent(id) {
      const item = await rows.read(keyOf("event", id), "reading one event");
      return item && fromEventItem(item);
    },

    async updateDelivery(id, delivery, endpoint) {
      const [noted, tries] =
        endpoint === undefined ? ["delivery", "tries"] : [`${TOLD}${endpoint}`, `${TRIES}${endpoint}`];
      await rows.update(
        keyOf("event", id),
        {
          // The rank stands beside the delivery, which is one text: a late write of an earlier one is refused.
          update: `SET #${noted} = :delivery, #${tries} = :tries`,
          condition: `attribute_exists(#pk) AND (attribute_not_exists(#${tries}) OR #${tries} < :tries)`,
          values: { delivery: toAttribute(delivery), tries: deliveryRank(delivery) },
        },
        "noting a delivery",
      );
    },

    async getEndpoints(tenant) {
      const item = await rows.read(keyOf("endpoints", tenant), "reading a tenant's webhook endpoints");
      return item && fromItem<EndpointSet>(item);
    },
    async putEndpoints(tenant, set) {
      const [condition, values] =
        set.rev === 1 ? ["attribute_not_exists(#pk)", undefined] : ["#rev = :before", { before: set.rev - 1 }];
      const item = toItem(keyOf("endpoints", tenant), set);
      return rows.put(item, "putting a tenant's webhook endpoints", condition, values);
    },
  };
}
