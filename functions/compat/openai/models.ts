import { InfillError, type ModelRecord } from "@infill/core";
import { Hono } from "hono";
import type { CompatDeps, CompatEnv } from "../context.ts";

const presentModel = (model: ModelRecord) => ({
  id: model.id,
  object: "model" as const,
  created: Math.floor(Date.parse(model.price.asOf) / 1000),
  owned_by: model.provider,
  shutdown_date: model.shutdownAt ?? null,
});

/** `GET /models` – those that can be used now – and `GET /models/{id}` (ids hold a slash). */
export const modelRoutes = ({ catalogue }: CompatDeps) =>
  new Hono<CompatEnv>()
    .get("/", (c) => {
      const usable = catalogue.models().filter((model) => catalogue.unavailable(model) === undefined);
      return c.json({ object: "list", data: usable.map(presentModel) });
    })
    .get("/:id{.+}", (c) => {
      const model = catalogue.model(c.req.param("id"));
      if (model === undefined)
        throw new InfillError("not_found", `There is no model ${c.req.param("id")}`, { pointer: "/model" });
      return c.json(presentModel(model));
    });
