import { InfillError } from "./errors.ts";
import { canonicalJson } from "./ids.ts";
import { type Clock, EVENT_TYPES, type Ids, type OutgoingEvent, type Records, type WebhookEndpoint } from "./ports.ts";
import type { EndpointInput } from "./schemas.ts";

/** How many a tenant may have: each is one delivery of every event. */
export const MAX_ENDPOINTS = 10;
/** How many secrets of one endpoint work at once. */
const MAX_SECRETS = 3;
/** Writes that meet others: more than ever change one tenant's endpoints at once. */
const ATTEMPTS = 8;

interface EndpointDeps {
  records: Pick<Records, "getEndpoints" | "putEndpoints">;
  clock: Pick<Clock, "now">;
  ids: Ids;
  /** Why a webhook's URL would never be delivered to, or `undefined` when it may be. */
  refuseWebhook: (url: string) => string | undefined;
}

type Reading = Pick<Records, "getEndpoints">;

/** A tenant's, oldest first. */
export const listEndpoints = async (records: Reading, tenant: string): Promise<WebhookEndpoint[]> =>
  (await records.getEndpoints(tenant))?.endpoints ?? [];

/** Ids of those that are to be told of an event of this type. */
export async function endpointsFor(records: Reading, tenant: string, type: OutgoingEvent["type"]): Promise<string[]> {
  const endpoints = await listEndpoints(records, tenant);
  return endpoints
    .filter(({ types, disabledAt }) => disabledAt === undefined && (types?.includes(type) ?? true))
    .map(({ id }) => id);
}

/** Secrets that sign now, the newest first. */
export const signingSecrets = ({ secrets }: WebhookEndpoint, now: number): string[] =>
  secrets.filter(({ validUntil }) => validUntil === undefined || now < validUntil).map(({ text }) => text);

/**
 * Registers an endpoint, with a secret of its own.
 * @throws InfillError `invalid_request`: 422 for an address that is never delivered to, 409 for one that is
 *   registered already, or one too many
 */
export async function createEndpoint(
  deps: EndpointDeps,
  tenant: string,
  { url, types }: EndpointInput,
): Promise<WebhookEndpoint> {
  const reason = deps.refuseWebhook(url);
  if (reason !== undefined)
    throw new InfillError("invalid_request", `/url: ${reason}`, { pointer: "/url", status: 422 });
  const endpoint: WebhookEndpoint = {
    id: deps.ids.make("whe"),
    url,
    ...(types === undefined ? {} : { types }),
    createdAt: deps.clock.now(),
    secrets: [{ text: newSecret(deps.ids) }],
  };
  await change(deps.records, tenant, (endpoints) => {
    const same = endpoints.find((there) => there.url === url);
    if (same !== undefined) throw refusal(`This url is registered already, as ${same.id}`);
    if (endpoints.length >= MAX_ENDPOINTS) throw refusal(`A tenant has at most ${MAX_ENDPOINTS} webhook endpoints`);
    return [...endpoints, endpoint];
  });
  return endpoint;
}

const refusal = (message: string) => new InfillError("invalid_request", message, { pointer: "/url", status: 409 });

/** @throws InfillError `not_found` */
export const deleteEndpoint = (deps: Pick<EndpointDeps, "records">, tenant: string, id: string): Promise<unknown> =>
  change(deps.records, tenant, (endpoints) => {
    find(endpoints, id);
    return endpoints.filter((endpoint) => endpoint.id !== id);
  });

/** Tells it of what happens from now on, whatever it answered before. @throws InfillError `not_found` */
export const enableEndpoint = (
  deps: Pick<EndpointDeps, "records">,
  tenant: string,
  id: string,
): Promise<WebhookEndpoint> => changeOne(deps.records, tenant, id, ({ disabledAt: _, ...endpoint }) => endpoint);

/** Sends it nothing any more; the first time stays. Nothing happens where it is not there. */
export async function disableEndpoint(
  { records, clock }: Pick<EndpointDeps, "records" | "clock">,
  tenant: string,
  id: string,
): Promise<void> {
  const now = clock.now();
  await change(records, tenant, (endpoints) =>
    endpoints.map((endpoint) => (endpoint.id === id ? { disabledAt: now, ...endpoint } : endpoint)),
  );
}

/** Gives it a new secret; that of before signs, too, for so long. @throws InfillError `not_found` */
export function rotateEndpoint(
  { records, clock, ids }: Pick<EndpointDeps, "records" | "clock" | "ids">,
  tenant: string,
  id: string,
  { overlapSeconds }: { overlapSeconds: number },
): Promise<WebhookEndpoint> {
  const now = clock.now();
  const text = newSecret(ids);
  const until = now + overlapSeconds * 1000;
  return changeOne(records, tenant, id, (endpoint) => {
    const old = endpoint.secrets
      .map((secret) => ({ ...secret, validUntil: Math.min(secret.validUntil ?? until, until) }))
      .filter(({ validUntil }) => now < validUntil);
    return { ...endpoint, secrets: [{ text }, ...old].slice(0, MAX_SECRETS) };
  });
}

/** An endpoint as the API shows it. Its secret is shown where it was just made, and nowhere else. */
export const presentEndpoint = ({ id, url, types, createdAt, disabledAt }: WebhookEndpoint) => ({
  id,
  object: "webhook" as const,
  url,
  types: types ?? [...EVENT_TYPES],
  enabled: disabledAt === undefined,
  ...(disabledAt === undefined ? {} : { disabledAt: new Date(disabledAt).toISOString() }),
  createdAt: new Date(createdAt).toISOString(),
});

export type EndpointView = ReturnType<typeof presentEndpoint>;

/** Standard Webhooks' form: `whsec_` and base64. */
const newSecret = (ids: Ids): string => `whsec_${Buffer.from(ids.secret(), "base64url").toString("base64")}`;

function find(endpoints: readonly WebhookEndpoint[], id: string): WebhookEndpoint {
  const endpoint = endpoints.find((there) => there.id === id);
  if (endpoint === undefined) throw new InfillError("not_found", `There is no webhook endpoint ${id}`);
  return endpoint;
}

async function changeOne(
  records: EndpointDeps["records"],
  tenant: string,
  id: string,
  make: (endpoint: WebhookEndpoint) => WebhookEndpoint,
): Promise<WebhookEndpoint> {
  const changed = await change(records, tenant, (endpoints) => {
    find(endpoints, id);
    return endpoints.map((endpoint) => (endpoint.id === id ? make(endpoint) : endpoint));
  });
  return find(changed, id);
}

/**
 * Changes a tenant's endpoints as nobody else changes them: read, made anew and put where what was read still
 * stands, or all of it once more.
 */
async function change(
  records: EndpointDeps["records"],
  tenant: string,
  make: (endpoints: readonly WebhookEndpoint[]) => WebhookEndpoint[],
): Promise<WebhookEndpoint[]> {
  let there = await records.getEndpoints(tenant);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const set = { v: 1 as const, rev: (there?.rev ?? 0) + 1, endpoints: make(there?.endpoints ?? []) };
    if (await records.putEndpoints(tenant, set)) return set.endpoints;
    there = await records.getEndpoints(tenant);
    // its answer was lost, and the same write, sent again, met its own effect
    if (there !== undefined && canonicalJson(there) === canonicalJson(set)) return set.endpoints;
  }
  throw new InfillError("internal", "Too many changes of this tenant's webhook endpoints at once; try again", {
    status: 503,
    retryAfterSeconds: 1,
  });
}
