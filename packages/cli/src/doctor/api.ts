import { createClient } from "../api/client.ts";
import type { Transport } from "../api/http.ts";
import { ApiProblem, reasonOf, Unreachable } from "../api/problem.ts";
import { isModel, type ListedModel } from "../api/types.ts";
import { isLacking, vendorOf, whyNot } from "../output/models.ts";
import { duration } from "../output/words.ts";
import type { Settings } from "../settings.ts";
import type { Finding } from "./finding.ts";

const TIMEOUT_MS = 10_000;
/** Signatures of AWS and of webhooks are good for five minutes; a minute is more than a network's. */
const SKEW_MS = 60_000;

/** Looks at an API from outside: is it there, what is it, does it take our key, what can be used. */
export async function checkApi(settings: Settings, transport: Transport): Promise<Finding[]> {
  const health = await checkHealth(settings.url, transport);
  if (health.some(({ state }) => state === "broken")) return health;
  return [...health, ...(await checkKey(settings, transport))];
}

async function checkHealth(url: string, { fetch, clock }: Transport): Promise<Finding[]> {
  const about = "api";
  const todo = "npm start runs one here; --url or INFILL_URL names another";
  const asked = clock.now();
  let answer: Response;
  try {
    answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "manual" });
  } catch (error) {
    return [{ state: "broken", about, says: `nothing answers at ${url} (${reasonOf(error)})`, todo }];
  }
  const answered = clock.now();
  const body = (await answer.json().catch(() => undefined)) as { ok?: boolean; build?: string } | undefined;
  if (body?.ok !== true) {
    const says = `what answers at ${url} is not a healthy Infill (HTTP ${answer.status})`;
    return [{ state: "broken", about, says, todo: answer.status >= 500 ? "its log says why" : todo }];
  }
  const says = `${url} answers in ${duration(answered - asked)}, build ${body.build ?? "unknown"}`;
  return [{ state: "ok", about, says }, ...clockAgainst(answer.headers.get("date"), (asked + answered) / 2)];
}

/** @param here ms since the epoch, when the other side read its clock */
function clockAgainst(date: string | null, here: number): Finding[] {
  const there = Date.parse(date ?? "");
  // no date, nothing to compare
  if (Number.isNaN(there)) return [];
  const ahead = here - there;
  if (Math.abs(ahead) <= SKEW_MS) return [{ state: "ok", about: "clock", says: "agrees with the API's" }];
  const says = `this machine is ${duration(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} the API`;
  return [
    { state: "broken", about: "clock", says, todo: "set the clock: signatures are refused from five minutes on" },
  ];
}

async function checkKey(settings: Settings, transport: Transport): Promise<Finding[]> {
  const about = "api key";
  const todo = "npx infill keys create --stage … makes one; npm start prints the local stack's";
  if (settings.apiKey === undefined)
    return [{ state: "unknown", about, says: "there is none: INFILL_API_KEY is not set", todo }];
  try {
    const models = await createClient(settings, transport).models();
    return [{ state: "ok", about, says: "the API takes it" }, ...describeModels(models)];
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401)
      return [{ state: "broken", about, says: "the API does not take it", todo }];
    if (error instanceof ApiProblem || error instanceof Unreachable)
      return [
        { state: "broken", about: "models", says: `they cannot be listed: ${error.message}`, todo: "its log says why" },
      ];
    throw error;
  }
}

function describeModels(listed: readonly ListedModel[]): Finding[] {
  const models = listed.filter(isModel);
  const usable = models.filter(({ available }) => available).map(({ id }) => id);
  return [
    usable.length > 0
      ? { state: "ok", about: "models", says: `${usable.join(", ")} can be used` }
      : { state: "broken", about: "models", says: "none can be used", todo: "give a vendor's key, as said below" },
    ...[
      ...Map.groupBy(models, ({ id, unavailableBecause }) =>
        isLacking(unavailableBecause) ? vendorOf(id) : undefined,
      ),
    ]
      .flatMap(([vendor, its]) => whyNot(its).map((says) => ({ vendor, says })))
      .map(
        ({ vendor, says }): Finding => ({
          state: "unknown",
          about: "models",
          says,
          ...(vendor === undefined ? {} : { lacking: vendor }),
        }),
      ),
  ];
}
