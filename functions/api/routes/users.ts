import { type Block, blockUser, deleteUser, unblockUser } from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";
import { userNamed } from "../query.ts";

const presentBlock = (user: string, block: Block | undefined) => ({
  object: "user" as const,
  user,
  blocked: block !== undefined,
  ...(block === undefined ? {} : { blockedAt: new Date(block.blockedAt).toISOString() }),
});

/**
 * `DELETE /v1/users/{user}`: all that is kept of an end user of the app's. `POST`, `DELETE …/block`: whether
 * anything more is made for them.
 */
export const userRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>()
    .delete("/:user", async (c) => {
      const user = await userNamed(c.req.param("user"));
      const { done, ...jobs } = await deleteUser(deps, c.get("caller"), user);
      if (!done) c.header("retry-after", "1");
      return c.json({ object: "user", user, deleted: done, jobs }, done ? 200 : 202);
    })
    .post("/:user/block", async (c) => {
      const user = await userNamed(c.req.param("user"));
      return c.json(presentBlock(user, await blockUser(deps, c.get("caller"), user)));
    })
    .delete("/:user/block", async (c) => {
      const user = await userNamed(c.req.param("user"));
      await unblockUser(deps, c.get("caller"), user);
      return c.json(presentBlock(user, undefined));
    });
