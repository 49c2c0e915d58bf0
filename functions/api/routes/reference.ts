import { InfillError } from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";

/** The page brings all it needs along, and runs nothing. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/** `GET /openapi.json`: the specification, for programs. `GET /docs`: the same for people. */
export const referenceRoutes = ({ reference }: Pick<ApiDeps, "reference">) =>
  new Hono<ApiEnv>()
    .get("/openapi.json", async (c) => {
      const text = await (reference ?? missing).specification();
      return c.body(text, 200, { "content-type": "application/json" });
    })
    .get("/docs", async (c) => {
      const page = await (reference ?? missing).page();
      return c.body(page, 200, {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": PAGE_POLICY,
      });
    });

const refuse = (): never => {
  throw new InfillError("not_found", "The reference is not served at this door: ask the API on AWS, or a local stack");
};
const missing = { specification: refuse, page: refuse };
