import { InfillError } from "./errors.ts";
import type { ModelRecord } from "./model.ts";

/** From so long before a model's end on, its callers are warned; ms. */
const SUNSET_WARNING_MS = 60 * 24 * 3600 * 1000;

type Ending = Pick<ModelRecord, "id" | "shutdownAt" | "successor">;

/** The moment from which a model is not served any more, ms; `undefined` while nobody has said. */
const endOf = ({ shutdownAt }: Ending): number | undefined =>
  shutdownAt === undefined ? undefined : Date.parse(shutdownAt);

const useInstead = ({ successor }: Ending): string => (successor === undefined ? "" : `; use ${successor}`);

/** What is to be said of a model that is served no more, or `undefined` while it is. */
export function endedBecause(model: Ending, now: number): string | undefined {
  const end = endOf(model);
  return end === undefined || now < end ? undefined : `it ended on ${model.shutdownAt}${useInstead(model)}`;
}

/** Whether a model is served yet, and ends within the time in which that is said. */
export function endsSoon(model: Ending, now: number): boolean {
  const end = endOf(model);
  return end !== undefined && now < end && now >= end - SUNSET_WARNING_MS;
}

/** What is to be said on a job of a model that ends soon. */
export function sunsetWarning(model: Ending, now: number): string | undefined {
  return endsSoon(model, now) ? `${model.id} ends on ${model.shutdownAt}${useInstead(model)}` : undefined;
}

/** The `Sunset` of an answer about a model, where its end is soon or past (RFC 8594). */
export function sunsetHeader(model: Ending, now: number): string | undefined {
  const end = endOf(model);
  return end === undefined || now < end - SUNSET_WARNING_MS ? undefined : new Date(end).toUTCString();
}

/** @throws InfillError `provider_unavailable`, not retryable, naming what to use instead */
export function refuseEnded(model: Ending, now: number): void {
  const reason = endedBecause(model, now);
  if (reason === undefined) return;
  throw new InfillError("provider_unavailable", `${model.id} cannot be used: ${reason}`, {
    pointer: "/model",
    retryable: false,
    ...(model.successor === undefined ? {} : { details: { successor: model.successor } }),
  });
}
