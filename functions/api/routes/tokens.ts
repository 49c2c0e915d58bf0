import { modelsNamed, once, parseInput, refuseBlocked, type TokenGrant, userName } from "@infill/core";
import { Hono } from "hono";
import * as z from "zod";
import { signToken } from "../../auth/token.ts";
import type { ApiDeps, ApiEnv } from "../context.ts";
import { readJson } from "../json.ts";

/** Longest life of a client token, seconds: how long a stolen phone's may be used. */
export const TOKEN_SECONDS = 15 * 60;

/** What an app's backend asks for, for one of its end users. */
export const tokenInput = once(() =>
  z.strictObject({
    user: userName().describe("Your app's end user, by a name that stays"),
    models: z
      .array(z.string().min(1).max(100))
      .min(1)
      .max(50)
      .optional()
      .describe("Names that edits may ask for; every model without it"),
    jobs: z.int().min(1).max(1000).optional().describe("How many edits"),
    spendMicroUsd: z.int().min(1).max(1_000_000_000).optional().describe("What they may cost in all, micro-USD"),
    expiresInSeconds: z.int().min(30).max(TOKEN_SECONDS).default(TOKEN_SECONDS),
  }),
);

/** `POST /v1/tokens`: a client token, for a phone that must hold no key. */
export const tokenRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>().post("/", async (c) => {
    const { tenant, keyId } = c.get("caller");
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
