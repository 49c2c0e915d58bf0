import {
  createEndpoint,
  deleteEndpoint,
  enableEndpoint,
  listEndpoints,
  parseInput,
  presentEndpoint,
  rotateEndpoint,
  schemas,
  type WebhookEndpoint,
} from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";
import { readJson } from "../json.ts";

/** The one answer that says an endpoint's secret. */
const withSecret = (endpoint: WebhookEndpoint) => ({
  ...presentEndpoint(endpoint),
  secret: endpoint.secrets[0]?.text,
});

/** `/v1/webhooks`: addresses that are told of every end of the tenant's jobs, and the secret of those that jobs name. */
export const webhookRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>()
    .post("/", async (c) => {
      const { endpointInput } = await schemas();
      const input = parseInput(endpointInput, await readJson(c));
      return c.json(withSecret(await createEndpoint(deps, c.get("caller").tenant, input)), 201);
    })
    .get("/", async (c) => {
      const endpoints = await listEndpoints(deps.records, c.get("caller").tenant);
      return c.json({ object: "list", data: endpoints.map(presentEndpoint) });
    })
    .get("/secret", (c) => c.json({ object: "webhook_secret", secrets: deps.webhookSecrets(c.get("caller").tenant) }))
    .delete("/:id", async (c) => {
      const id = c.req.param("id");
      await deleteEndpoint(deps, c.get("caller").tenant, id);
      return c.json({ id, object: "webhook", deleted: true });
    })
    .post("/:id/enable", async (c) =>
      c.json(presentEndpoint(await enableEndpoint(deps, c.get("caller").tenant, c.req.param("id")))),
    )
    .post("/:id/rotate", async (c) => {
      const { rotationInput } = await schemas();
      const input = parseInput(rotationInput, await readJson(c));
      return c.json(withSecret(await rotateEndpoint(deps, c.get("caller").tenant, c.req.param("id"), input)));
    });
