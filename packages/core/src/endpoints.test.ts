import { expect, test } from "vitest";
import { createEndpoint, listEndpoints, rotateEndpoint, signingSecrets } from "./endpoints.ts";
import { randomIds } from "./ids.ts";
import type { EndpointSet, Records } from "./ports.ts";

const TENANT = "acme";
const HOUR = 3_600_000;

/** One tenant's endpoints, and a time that a test moves. @param answered whether a put's answer arrives */
function makeScene(answered: () => boolean = () => true) {
  let kept: EndpointSet | undefined;
  let now = 0;
  const records: Pick<Records, "getEndpoints" | "putEndpoints"> = {
    getEndpoints: async () => kept,
    async putEndpoints(_, set) {
      if ((kept?.rev ?? 0) !== set.rev - 1) return false;
      kept = set;
      return answered();
    },
  };
  const deps = { records, ids: randomIds, clock: { now: () => now }, refuseWebhook: () => undefined };
  const create = (url: string) => createEndpoint(deps, TENANT, { url });
  return {
    deps,
    create,
    list: () => listEndpoints(records, TENANT),
    elapse: (ms: number) => (now += ms),
    at: () => now,
  };
}

test("a secret that was replaced signs until its time, and no later for one that comes after it", async () => {
  const { deps, create, list, elapse, at } = makeScene();
  const { id, secrets } = await create("https://app.example");
  const texts = [secrets[0]?.text];
  const rotate = async (hours: number) => {
    const rotated = await rotateEndpoint(deps, TENANT, id, { overlapSeconds: hours * 3600 });
    texts.unshift(rotated.secrets[0]?.text);
  };
  const signing = async () => (await list()).flatMap((endpoint) => signingSecrets(endpoint, at()));
  await rotate(2);
  elapse(HOUR);
  await rotate(24);
  expect(await signing()).toEqual(texts);
  elapse(HOUR);
  expect(await signing()).toEqual(texts.slice(0, 2));
  elapse(23 * HOUR);
  expect(await signing()).toEqual(texts.slice(0, 1));
});

test("of many secrets three work: the newest", async () => {
  const { deps, create, list } = makeScene();
  const { id } = await create("https://app.example");
  const made = [];
  for (let i = 0; i < 4; i++) made.unshift(await rotateEndpoint(deps, TENANT, id, { overlapSeconds: 3600 }));
  const newest = made.slice(0, 3).map(({ secrets }) => secrets[0]?.text);
  expect((await list()).flatMap((endpoint) => signingSecrets(endpoint, 0))).toEqual(newest);
});

test("a write whose answer was lost is known by its effect, and made once", async () => {
  const { create, list } = makeScene(() => false);
  const endpoint = await create("https://app.example");
  expect(await list()).toEqual([endpoint]);
});

test("many who register at once are all there, up to the limit", async () => {
  const { create, list } = makeScene();
  const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map((i) => create(`https://app.example/${i}`)));
  expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill("fulfilled"));
  expect(await list()).toHaveLength(5);
});
