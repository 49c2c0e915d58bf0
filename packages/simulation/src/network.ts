import { createApi } from "@infill/functions/api";
import { createWebhook } from "@infill/functions/webhook";
import { requestOf } from "./http.ts";
import { catalogue } from "./models.ts";
import { baseDeps, type Place, webhookDeps } from "./ports.ts";
import { Process } from "./process.ts";
import { KEYRING, SECRETS } from "./secrets.ts";
import type { CallbackRequest, Mutant, Site } from "./site.ts";

/** App and stage, as far as job ids go. */
export const NAMESPACE = "simulation";

export interface Request {
  method: "GET" | "POST" | "DELETE";
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Reply {
  status: number;
  body: string;
}

/** An app that serves one request at a time, in whatever process that is. Building one takes longer than a request. */
interface Door {
  place: Place;
  app: { fetch(request: ReturnType<typeof requestOf>): Response | Promise<Response> };
}

const OPEN = {
  api: (place: Place): Door => ({
    place,
    app: createApi({
      ...baseDeps(place),
      catalogue,
      namespace: NAMESPACE,
      refuseWebhook: () => undefined,
      links: { keyring: KEYRING, publicUrl: "https://infill.example" },
      webhookSecrets: () => [SECRETS.webhook],
      build: "simulated",
    }),
  }),
  webhook: (place: Place): Door => ({ place, app: createWebhook(webhookDeps(place)) }),
};

/** Doors that nobody is at. */
const idle = new Map<Mutant | undefined, Record<keyof typeof OPEN, Door[]>>();

function doorsOf(mutant: Mutant | undefined): Record<keyof typeof OPEN, Door[]> {
  const doors = idle.get(mutant) ?? { api: [], webhook: [] };
  idle.set(mutant, doors);
  return doors;
}

/** What is between callers and the site's doors: it loses requests, and answers. */
export class Network {
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  /** @returns `undefined` when no answer came */
  async send(to: "api" | "webhook", name: string, request: Request): Promise<Reply | undefined> {
    const { world } = this.#site;
    await world.sleep(world.draw.whole(`way ${name}`, 1, 40));
    if (world.breaks(`request of ${name} is lost`, world.faultRate)) return undefined;
    const reply = await this.#serve(to, name, request);
    if (reply !== undefined && to === "api") this.#site.law.answered(reply);
    await world.sleep(world.draw.whole(`way back ${name}`, 1, 40));
    return world.breaks(`answer to ${name} is lost`, world.faultRate) ? undefined : reply;
  }

  /** What a vendor, or somebody who says so, sends to a callback's address. */
  async callback(name: string, request: CallbackRequest): Promise<number | undefined> {
    const given = this.#site.mutant?.receiver?.(request, this.#site) ?? request;
    if (typeof given === "number") {
      this.#site.law.acknowledged(request.path, request.body, given);
      return given;
    }
    const { path, body } = given;
    const headers = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
    return (await this.send("webhook", name, { method: "POST", path, headers, body }))?.status;
  }

  #serve(to: "api" | "webhook", name: string, { method, path, headers = {}, body }: Request) {
    const { world, law } = this.#site;
    return new Promise<Reply | undefined>((resolve) => {
      const leave = (reply: Reply | undefined) => {
        doors.push(door);
        resolve(reply);
      };
      const process = new Process(world, `${to} ${name}`, (how) => {
        if (how === "idle") law.broken(2, `a request waits for nothing: ${method} ${path}`);
        leave(undefined);
      });
      const place = { site: this.#site, process };
      const doors = doorsOf(this.#site.mutant)[to];
      const door = doors.pop() ?? OPEN[to](place);
      Object.assign(door.place, place);
      process.run(
        async (): Promise<Reply> => {
          const answer = await door.app.fetch(requestOf(method, path, headers, body));
          return { status: answer.status, body: await answer.text() };
        },
        (outcome) => {
          const reply = "value" in outcome ? outcome.value : undefined;
          world.say(
            () => `${to} answers ${method} ${path.split("/").slice(0, 4).join("/")} of ${name}: ${reply?.status}`,
          );
          if (reply !== undefined && to === "webhook") law.acknowledged(path, body ?? "", reply.status);
          leave(reply);
        },
      );
    });
  }
}
