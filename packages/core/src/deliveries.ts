import type { Delivery, Engine, OutgoingEvent } from "./ports.ts";

/** How the telling of one registered endpoint stands. */
export const toldOf = (event: OutgoingEvent, endpoint: string): Delivery =>
  event.told?.[endpoint] ?? { state: "pending", attempts: 0 };

/**
 * Orders the notes of one delivery: a later delivery after an earlier one, of one its tries, and of one try, which
 * may have been made once more, its end after that there is none yet. None has a thousand tries.
 */
export const deliveryRank = ({ replay = 0, attempts, state }: Delivery): number =>
  2 * (1000 * replay + attempts) + (state === "pending" ? 0 : 1);

/** Whether somebody is to be told of an event of whom no try was ever noted: what a start that was lost leaves behind. */
export function isUntold({ url, delivery, endpoints = [], told = {} }: OutgoingEvent): boolean {
  if (url !== undefined && delivery.state === "pending" && delivery.attempts === 0) return true;
  return endpoints.some((endpoint) => told[endpoint] === undefined);
}

/**
 * Starts every delivery that an event's row asks for, each by its name: any number of times is once.
 * @param replay the how-manieth time that somebody asks for it once more
 * @throws what the engine throws, when each was tried
 */
export async function startDeliveries(
  engine: Pick<Engine, "start">,
  { id, url, endpoints = [] }: OutgoingEvent,
  replay?: number,
): Promise<void> {
  const again: Record<string, string> = replay === undefined ? {} : { replay: String(replay) };
  const start = (payload: Record<string, string>, ...parts: string[]) =>
    engine.start("notify", [id, ...parts, ...Object.values(again)].join("-"), { eventId: id, ...payload, ...again });
  const outcomes = await Promise.allSettled([
    ...(url === undefined ? [] : [start({})]),
    // without its prefix: an execution's name has 64 characters at most
    ...endpoints.map((endpoint) => start({ endpoint }, endpoint.slice("whe_".length))),
  ]);
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}
