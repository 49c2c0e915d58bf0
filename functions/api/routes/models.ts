import { InfillError, MASK_THRESHOLD, type ModelRecord, noSuchModel, unusableBecause, usableModel } from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";

type ModelDeps = Pick<ApiDeps, "catalogue" | "clock">;

const availability = (reason: string | undefined) => ({
  available: reason === undefined,
  ...(reason === undefined ? {} : { unavailableBecause: reason }),
});

const created = ({ price }: ModelRecord): number => Math.floor(Date.parse(price.asOf) / 1000);

/** One model in OpenAI's list shape, with our fields beside it. */
function presentModel({ catalogue, clock }: ModelDeps, model: ModelRecord) {
  const { id, provider, mask, ...rest } = model;
  return {
    id,
    object: "model" as const,
    owned_by: provider,
    created: created(model),
    ...availability(unusableBecause(catalogue, model, clock.now())),
    ...rest,
    mask: { ...mask, ...(mask.soft ? {} : { threshold: MASK_THRESHOLD }) },
  };
}

/** A short name: the models it may stand for, best first, and the one that a request would go to now. */
function presentAlias({ catalogue, clock }: ModelDeps, id: string, models: readonly string[]) {
  const [model, reason] = resolved();
  const [first] = models.flatMap((name) => catalogue.model(name) ?? []);
  return {
    id,
    object: "model" as const,
    owned_by: "infill",
    created: first === undefined ? 0 : created(first),
    ...availability(reason),
    alias: { models, ...(model === undefined ? {} : { now: model.id }) },
  };

  function resolved(): [ModelRecord | undefined, string | undefined] {
    try {
      return [usableModel(catalogue, id, clock.now()), undefined];
    } catch (error) {
      if (error instanceof InfillError) return [undefined, error.message];
      throw error;
    }
  }
}

/** `GET /v1/models`, `GET /v1/models/{id}` (ids hold a slash). */
export const modelRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>()
    .get("/", (c) =>
      c.json({
        object: "list",
        data: [
          ...deps.catalogue.models().map((model) => presentModel(deps, model)),
          ...Object.entries(deps.catalogue.aliases()).map(([id, models]) => presentAlias(deps, id, models)),
        ],
      }),
    )
    .get("/:id{.+}", (c) => {
      const id = c.req.param("id");
      const model = deps.catalogue.model(id);
      if (model !== undefined) return c.json(presentModel(deps, model));
      const aliases = deps.catalogue.aliases();
      const alias = Object.hasOwn(aliases, id) ? aliases[id] : undefined;
      if (alias === undefined) {
        const { allowed, words } = noSuchModel(deps.catalogue, id);
        throw new InfillError("not_found", `There is ${words}`, { details: { allowed } });
      }
      return c.json(presentAlias(deps, id, alias));
    });
