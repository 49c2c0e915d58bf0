import { InfillError } from "@infill/core";
import { Hono } from "hono";
import { limitedTo } from "../../api/json.ts";
import { admit } from "../admit.ts";
import type { CompatDeps, CompatEnv } from "../context.ts";
import { editRoutes } from "./edits.ts";
import { answerError, onError } from "./errors.ts";
import { modelRoutes } from "./models.ts";

/** OpenAI's image edits and models, below `/v1` (https://platform.openai.com/docs/api-reference/images/createEdit). */
export function openAi(deps: CompatDeps): Hono<CompatEnv> {
  const app = new Hono<CompatEnv>();
  app.onError(onError(deps.log));
  app.use(
    limitedTo(
      deps.maxBodyBytes,
      'upload what is larger with POST /v1/uploads of the native API, and name it here as JSON: {"images":[{"file_id":"ast_…"}], …}',
    ),
  );
  app.use(async (c, next) => {
    await admit(deps, c, c.req.header("authorization"));
    await next();
  });
  app.route("/images", editRoutes(deps));
  app.route("/models", modelRoutes(deps));
  app.all("*", (c) =>
    answerError(
      c,
      new InfillError(
        "not_found",
        `${c.req.method} ${c.req.path}: there are POST /v1/images/edits and GET /v1/models here`,
      ),
    ),
  );
  return app;
}
