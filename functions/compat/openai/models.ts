import { type Catalogue, type Clock, InfillError, type ModelRecord, noSuchModel, usableModel } from "@infill/core";
import { Hono } from "hono";
import type { CompatDeps, CompatEnv } from "../context.ts";

const presentModel = (id: string, model: ModelRecord) => ({
  id,
  object: "model" as const,
  created: Math.floor(Date.parse(model.price.asOf) / 1000),
  owned_by: model.provider,
  shutdown_date: model.shutdownAt ?? null,
});

/** The model that a request for this name would go to now; `undefined` where none can be used. */
function usable({ catalogue, clock }: { catalogue: Catalogue; clock: Clock }, name: string): ModelRecord | undefined {
  try {
    return usableModel(catalogue, name, clock.now());
  } catch (error) {
    if (error instanceof InfillError) return undefined;
    throw error;
  }
}

/** `GET /models` – those that can be used now – and `GET /models/{id}` (ids hold a slash). */
export const modelRoutes = (deps: CompatDeps) =>
  new Hono<CompatEnv>()
    .get("/", (c) => {
      const names = [...deps.catalogue.models().map(({ id }) => id), ...Object.keys(deps.catalogue.aliases())];
      const data = names.flatMap((name) => {
        const model = usable(deps, name);
        return model === undefined ? [] : [presentModel(name, model)];
      });
      return c.json({ object: "list", data });
    })
    .get("/:id{.+}", (c) => {
      const name = c.req.param("id");
      const model = usable(deps, name) ?? deps.catalogue.model(name);
      if (model === undefined)
        throw new InfillError("not_found", `There is ${noSuchModel(deps.catalogue, name).words}`, {
          pointer: "/model",
        });
      return c.json(presentModel(name, model));
    });
