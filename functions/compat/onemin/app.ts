import { InfillError } from "@infill/core";
import { Hono } from "hono";
import { limitedTo } from "../../api/json.ts";
import { admit } from "../admit.ts";
import type { CompatDeps, CompatEnv } from "../context.ts";
import { assetRoutes } from "./assets.ts";
import { answerError, onError } from "./errors.ts";
import { featureRoutes } from "./features.ts";

/** 1min.ai's assets, mask editors and results, below `/api` (https://docs.1min.ai). */
export function oneMin(deps: CompatDeps): Hono<CompatEnv> {
  const app = new Hono<CompatEnv>();
  app.onError(onError(deps));
  app.use(
    limitedTo(
      deps.maxBodyBytes,
      "upload what is larger with POST /v1/uploads of the native API, and name it as imageUrl or maskUrl by its id: ast_…",
    ),
  );
  app.use(async (c, next) => {
    const key = c.req.header("api-key");
    if (key === undefined) throw new InfillError("unauthorized", "Send your API key in the header API-KEY");
    await admit(deps, c, `Bearer ${key}`);
    await next();
  });
  app.route("/assets", assetRoutes(deps));
  app.route("/", featureRoutes(deps));
  app.all("*", (c) =>
    answerError(
      c,
      new InfillError(
        "not_found",
        `${c.req.method} ${c.req.path}: there are POST /api/assets, POST /api/features and GET /api/results/{uuid} here`,
      ),
    ),
  );
  return app;
}
