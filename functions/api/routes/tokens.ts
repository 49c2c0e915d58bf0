import { modelsNamed, once, parseInput, refuseBlocked, type TokenGrant } from "@infill/core";
import { Hono } from "hono";
import { signToken } from "../../auth/token.ts";
import type { ApiDeps, ApiEnv } from "../context.ts";
import { readJson } from "../json.ts";

const input = once(() => import("../token-input.ts"));

/** `POST /v1/tokens`: a client token, for a phone that must hold no key. */
export const tokenRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>().post("/", async (c) => {
    const { tenant, keyId } = c.get("caller");
    const { tokenInput } = await input();
    const { user, models, jobs, spendMicroUsd: spend, expiresInSeconds } = parseInput(tokenInput, await readJson(c));
    // a name that is misspelt would allow nothing, and say so on the phone only
    for (const [i, name] of models?.entries() ?? []) modelsNamed(deps.catalogue, name, `/models/${i}`);
    await refuseBlocked(deps, { tenant }, user);
    const now = deps.clock.now();
    const token: TokenGrant = {
      id: deps.ids.make("tok"),
      user,
      expiresAt: Math.floor(now / 1000 + expiresInSeconds) * 1000,
      ...(models === undefined ? {} : { models }),
      ...(jobs === undefined ? {} : { jobs }),
      ...(spend === undefined ? {} : { spend }),
    };
    const { keyring } = deps.links;
    const text = await signToken({ keyring, namespace: deps.namespace }, { tenant, keyId, token, now });
    const expiresAt = new Date(token.expiresAt).toISOString();
    return c.json({ object: "token", id: token.id, token: text, user, expiresAt }, 201);
  });
