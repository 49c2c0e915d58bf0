import { type Ids, jobIdFor, makeApiKey, type WebhookEndpoint } from "@infill/core";
import { idsOf } from "./draw.ts";
import type { Keys } from "./keys.ts";
import { MODELS } from "./models.ts";
import { NAMESPACE, type Reply } from "./network.ts";
import { pictureOf } from "./pictures.ts";
import type { MemoryRecords } from "./records.ts";
import { apiSecret, SECRETS } from "./secrets.ts";
import type { Site } from "./site.ts";
import type { World } from "./world.ts";

export interface Tenant {
  name: string;
  /** Id of its API key. */
  subject: string;
  authorization: string;
  photo: string;
  mask: string;
}

/** What a few edits use up, of all that there is and of a day. */
const BUDGETS = [undefined, 60_000, 90_000, 150_000, 400_000] as const;
const DAYS = [undefined, undefined, 70_000, 200_000] as const;

/** A tenant with a key, two uploads and, most often, limits that a few edits use up. */
export function settle({ world, records, objects }: Site, name: string): Tenant {
  const { draw } = world;
  const ids = { ...idsOf(draw, name), secret: () => apiSecret(name) };
  const clock = { now: () => world.now, sleep: () => world.sleep(0) };
  const a = (whose: string) => {
    const day = draw.of(`a day of ${whose} of ${name}`, DAYS);
    return day === undefined ? {} : { day };
  };
  const owner = { tenant: name, name, limits: a("the key"), userLimits: a("a user") };
  const { row, text } = makeApiKey(ids, clock, owner);
  records.putKey(row);
  records.setLimits(name, a("all"));
  records.setBudgetLimit(name, draw.of(`limit of ${name}`, BUDGETS));
  register(name, world, records, ids);
  const upload = (purpose: "image" | "mask", what: string) => {
    const id = ids.make("ast");
    const [key, bytes] = [`u/${name}/${id}`, pictureOf(what)];
    objects.write(key, bytes, "image/png");
    const [contentType, contentLength] = ["image/png" as const, bytes.length];
    const times = { createdAt: world.now, uploadExpiresAt: world.now };
    records.putAsset({ v: 1, id, tenant: name, purpose, key, contentType, contentLength, ...times });
    return id;
  };
  return {
    name,
    subject: row.id,
    authorization: `Bearer ${text}`,
    photo: upload("image", `photo of ${name}`),
    mask: upload("mask", "mask"),
  };
}

/** Addresses that a tenant may have registered, of what they are told: some, of all; one has gone. */
const HOOKS = [
  ["all", undefined],
  ["made", ["job.succeeded"]],
  ["gone", undefined],
] as const;

function register(tenant: string, { draw, now }: World, records: MemoryRecords, ids: Ids): void {
  const chosen = HOOKS.filter(([path]) => draw(`endpoint ${path} of ${tenant}`) < 0.15);
  const endpoints = chosen.map(
    ([path, types]): WebhookEndpoint => ({
      id: ids.make("whe"),
      url: `https://${tenant}.example/${path}`,
      ...(types === undefined ? {} : { types: [...types] }),
      createdAt: now,
      secrets: [{ text: `whsec_${Buffer.from(`${tenant} ${path}`).toString("base64")}` }],
    }),
  );
  if (endpoints.length > 0) records.putEndpoints(tenant, { v: 1, rev: 1, endpoints });
}

const ROUTES: readonly [string | string[], ...(string | string[])[]] = [
  ...(MODELS.map(({ id }) => id) as [string, ...string[]]),
  "best",
  ["alpha/one", "beta/one"],
  ["alpha/one", "alpha/two"],
  ["gamma/one", "alpha/two", "beta/one"],
];

/** One app: it asks for edits, asks again when no answer came, cancels, polls, and now and then cheats with its key. */
export class Client {
  readonly #site: Site;
  readonly #tenant: Tenant;
  readonly #name: string;
  readonly #keys: Keys;
  #sent = 0;

  constructor(site: Site, tenant: Tenant, name: string, keys: Keys) {
    this.#site = site;
    this.#tenant = tenant;
    this.#name = name;
    this.#keys = keys;
  }

  async live(): Promise<void> {
    const { world } = this.#site;
    const crowded = world.draw("crowded") < 0.5;
    await world.sleep(world.draw.whole(`begin ${this.#name}`, 0, crowded ? 60 : 30_000));
    const edits = world.draw.whole(`edits of ${this.#name}`, 1, 2);
    for (let edit = 1; edit <= edits; edit++) await this.#edit(`${this.#name}/${edit}`);
  }

  async #edit(name: string): Promise<void> {
    const { world } = this.#site;
    const { draw } = world;
    if (draw(`erases ${name}`) < 0.12) return this.#editAndErase(name);
    const key = draw(`keyed ${name}`) < 0.7 ? `key-${draw.whole(`key of ${name}`, 1, 4)}` : undefined;
    const pictures = draw(`uploads ${name}`) < 0.15 && key === undefined ? await this.#upload(name) : this.#tenant;
    if (pictures === undefined) return;
    const body = this.#body(key === undefined ? name : `${this.#tenant.name} ${key}`, pictures);
    const id = await this.#ask(name, body, key);
    if (key !== undefined && draw(`cheats ${name}`) < 0.15)
      await this.#ask(`${name} cheating`, { ...body, seed: 1000 }, key);
    if (id === undefined) return;
    if (draw(`cancels ${name}`) < 0.12) await this.#cancel(name, id);
    await this.#poll(name, id);
  }

  /** With pictures of its own: they go, too. */
  async #editAndErase(name: string): Promise<void> {
    const { draw } = this.#site.world;
    const pictures = await this.#upload(name);
    if (pictures === undefined) return;
    const body = this.#body(name, pictures);
    const key = draw(`keyed ${name}`) < 0.5 ? `key-of-${name.replace(/\W/g, "-")}` : undefined;
    const id = await this.#ask(name, body, key);
    if (id === undefined) return;
    if (draw(`looks first ${name}`) < 0.5) await this.#poll(name, id);
    await this.#erase(name, id);
    if (key !== undefined) await this.#ask(`${name} again`, body, key);
  }

  async #erase(name: string, id: string): Promise<void> {
    const { world, law } = this.#site;
    await world.sleep(world.draw.whole(`${name} erases`, 0, 25_000));
    law.erasing.add(id);
    for (let attempt = 1; attempt <= 4; attempt++) {
      const reply = await this.#send(`${name} erases`, "DELETE", `/v1/jobs/${id}`);
      if (reply?.status === 200 || reply?.status === 202) law.erased.add(id);
      if (reply !== undefined && reply.status < 500) return;
      await world.sleep(1000);
    }
  }

  #body(name: string, { photo, mask }: Pick<Tenant, "photo" | "mask">) {
    const { draw, faultRate } = this.#site.world;
    const user = draw.of(`user of ${name}`, [undefined, "ann", "bob"]);
    const hook = draw.of(`hook of ${name}`, [undefined, "https://app.example/hook", "https://app.example/gone"]);
    return {
      model: draw.of(`model of ${name}`, ROUTES),
      image: photo,
      mask,
      prompt: SECRETS.prompt,
      n: draw(`n of ${name}`) < 0.2 ? 2 : 1,
      seed: draw.whole(`seed of ${name}`, 0, 999),
      deadlineSeconds: faultRate === 0 ? 900 : draw.of(`deadline of ${name}`, [30, 60, 120, 300, 900]),
      ...(user === undefined ? {} : { user }),
      ...(hook === undefined ? {} : { webhook: hook }),
    };
  }

  /** Asks until there is an answer that settles it. @returns the job's id */
  async #ask(name: string, body: object, key: string | undefined): Promise<string | undefined> {
    const { world } = this.#site;
    const { name: tenant, subject } = this.#tenant;
    const text = JSON.stringify(body);
    const id = key && jobIdFor({ namespace: NAMESPACE, tenant, subject, idempotencyKey: key });
    for (let attempt = 1; attempt <= 4; attempt++) {
      this.#keys.asked(id);
      const headers = key === undefined ? {} : { "idempotency-key": key };
      const reply = await this.#send(`${name} asks`, "POST", "/v1/inpaint", text, headers);
      if (reply !== undefined) {
        const made = reply.status < 300 ? (JSON.parse(reply.body) as { id: string }).id : undefined;
        this.#keys.answered(id, text, reply, made);
        if (reply.status < 500) return made;
      }
      await world.sleep(world.draw.whole(`${name} asks again ${attempt}`, 100, 8000));
    }
    return undefined;
  }

  async #upload(name: string): Promise<Pick<Tenant, "photo" | "mask"> | undefined> {
    const bytes = { image: pictureOf(`photo of ${this.#tenant.name}`), mask: pictureOf("mask") };
    const wanted = (["image", "mask"] as const).map((purpose) => ({
      purpose,
      contentType: "image/png",
      contentLength: bytes[purpose].length,
    }));
    const reply = await this.#send(`${name} uploads`, "POST", "/v1/uploads", JSON.stringify({ uploads: wanted }));
    if (reply?.status !== 201) return undefined;
    const { uploads } = JSON.parse(reply.body) as {
      uploads: { id: string; method: "PUT"; url: string; headers: Record<string, string> }[];
    };
    const [photo, mask] = uploads;
    if (photo === undefined || mask === undefined) return undefined;
    this.#site.objects.put(photo, bytes.image);
    this.#site.objects.put(mask, bytes.mask);
    return { photo: photo.id, mask: mask.id };
  }

  async #cancel(name: string, id: string): Promise<void> {
    const { world } = this.#site;
    await world.sleep(world.draw.whole(`${name} cancels`, 0, 25_000));
    for (let attempt = 1; attempt <= 3; attempt++) {
      const reply = await this.#send(`${name} cancels`, "POST", `/v1/jobs/${id}/cancel`, "");
      if (reply !== undefined && reply.status < 500) return;
      await world.sleep(1000);
    }
  }

  async #poll(name: string, id: string): Promise<void> {
    const { world } = this.#site;
    const patience = world.draw.of(`patience of ${name}`, [3, 30, 200]);
    const growth = world.draw.of(`haste of ${name}`, [1.3, 2, 3]);
    let pause = 1000;
    for (let look = 1; look <= patience; look++) {
      await world.sleep(pause);
      pause = Math.min(60_000, pause * growth);
      const waits = world.draw(`${name} waits ${look}`) < 0.05 ? { prefer: "wait=5" } : {};
      const reply = await this.#send(`${name} looks`, "GET", `/v1/jobs/${id}`, undefined, waits);
      if (reply?.status === 404) return;
      if (reply?.status !== 200) continue;
      const { status } = JSON.parse(reply.body) as { status: string };
      if (status !== "queued" && status !== "running") return;
    }
  }

  #send(
    what: string,
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: string,
    more = {},
  ): Promise<Reply | undefined> {
    this.#sent += 1;
    const length =
      body === undefined ? {} : { "content-type": "application/json", "content-length": String(body.length) };
    const headers: Record<string, string> = { authorization: this.#tenant.authorization, ...length, ...more };
    return this.#site.network.send("api", `${what} (${this.#sent})`, {
      method,
      path,
      headers,
      ...(body ? { body } : {}),
    });
  }
}
