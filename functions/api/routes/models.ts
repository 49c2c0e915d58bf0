import type { ModelRecord } from "@infill/core";
import { endedBecause, InfillError } from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";

/** One model in OpenAI's list shape, with our fields beside it. */
function presentModel(deps: ApiDeps, model: ModelRecord) {
  const { id, provider, ...rest } = model;
  const reason = endedBecause(model, deps.clock.now()) ?? deps.catalogue.unavailable(model);
  return {
    id,
    object: "model" as const,
    owned_by: provider,
    created: Math.floor(Date.parse(model.price.asOf) / 1000),
    available: reason === undefined,
    ...(reason === undefined ? {} : { unavailableBecause: reason }),
    ...rest,
  };
}

/** `GET /v1/models`, `GET /v1/models/{id}` (ids hold a slash). */
export const modelRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>()
    .get("/", (c) =>
      c.json({ object: "list", data: deps.catalogue.models().map((model) => presentModel(deps, model)) }),
    )
    .get("/:id{.+}", (c) => {
      const model = deps.catalogue.model(c.req.param("id"));
      if (model === undefined) throw new InfillError("not_found", `There is no model ${c.req.param("id")}`);
      return c.json(presentModel(deps, model));
    });
