import { deleteUser } from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";

/** `DELETE /v1/users/{user}`: all that is kept of an end user of the app's. */
export const userRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>().delete("/:user", async (c) => {
    const user = c.req.param("user").normalize("NFC");
    const { done, ...jobs } = await deleteUser(deps, c.get("caller"), user);
    if (!done) c.header("retry-after", "1");
    return c.json({ object: "user", user, deleted: done, jobs }, done ? 200 : 202);
  });
