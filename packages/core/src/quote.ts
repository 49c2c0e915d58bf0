import { InfillError } from "./errors.ts";
import type { AskedRequest } from "./job.ts";
import type { ModelRecord } from "./model.ts";
import { withDefaults } from "./options.ts";
import type { Catalogue } from "./ports.ts";
import { priceOf } from "./price.ts";
import { fitTo, modelsNamed, planRoute, type Route, unusableBecause } from "./routing.ts";

/** What an edit is asked of, and what that may cost. */
export interface Quote extends Route {
  /** The most that each may charge, in the order in which they are asked: of a short name, its dearest. Micro-USD. */
  parts: { name: string; amount: number }[];
  /** The most that the edit may cost, micro-USD: a model that took the work and failed may charge for it, too. */
  amount: number;
  /** Every model that may come to be asked. */
  models: ModelRecord[];
}

/**
 * What a request would be reserved at, and of whom it would be asked.
 * @throws InfillError what `planRoute` refuses
 */
export function quote(catalogue: Catalogue, asked: AskedRequest, now: number): Quote {
  const route = planRoute(catalogue, asked, now);
  const { model, request, left } = route;
  const others = left.map((name) => {
    const takers = modelsNamed(catalogue, name)
      .filter((other) => unusableBecause(catalogue, other, now) === undefined)
      .flatMap((other) => {
        const amount = priceAsked(other, asked);
        return amount === undefined ? [] : [{ other, amount }];
      });
    return { name, takers };
  });
  const parts = [
    { name: model.id, amount: priceOf(model, withDefaults(model, request)) },
    ...others
      .filter(({ takers }) => takers.length > 0)
      .map(({ name, takers }) => ({ name, amount: Math.max(...takers.map(({ amount }) => amount)) })),
  ];
  return {
    ...route,
    parts,
    amount: parts.reduce((sum, part) => sum + part.amount, 0),
    models: [model, ...others.flatMap(({ takers }) => takers.map(({ other }) => other))],
  };
}

/** Micro-USD of the request as another model takes it; `undefined` where that one cannot. */
function priceAsked(model: ModelRecord, asked: AskedRequest): number | undefined {
  try {
    return priceOf(model, withDefaults(model, fitTo(model, asked).request));
  } catch (error) {
    if (error instanceof InfillError) return undefined;
    throw error;
  }
}
