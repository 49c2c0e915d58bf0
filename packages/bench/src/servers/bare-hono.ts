import { Hono } from "hono";

/** A route that reads a JSON body and answers this JSON, and `GET /healthz`: what no API on Hono can be quicker than. */
export function bareHono(answer: object): Hono {
  return new Hono()
    .get("/healthz", (c) => c.json({ ok: true }))
    .post("/v1/uploads", async (c) => {
      await c.req.json();
      return c.json(answer, 201);
    });
}
