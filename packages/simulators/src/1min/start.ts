import { createFileStore } from "../files.ts";
import { readJson } from "../forms.ts";
import { openPicture } from "../pictures.ts";
import type { LoggedRequest } from "../request-log.ts";
import { type Answer, type Exchange, json } from "../server.ts";
import { startVendor, type VendorCore, type VendorOptions, type VendorSimulator } from "../vendor.ts";
import { type Places, recordOf } from "./answers.ts";
import { type Assets, takeUpload } from "./assets.ts";
import type { OneMinBehaviour } from "./behaviour.ts";
import { badToken, missingFields, REFUSALS, unsupportedModel, upstream } from "./refusals.ts";
import { type Fields, keeps, TABLES, type Table } from "./tables.ts";
import { type OneMinWork, picturesOf } from "./work.ts";

export type OneMinOptions = VendorOptions<OneMinBehaviour>;

export interface OneMinSimulator extends VendorSimulator<OneMinBehaviour, OneMinWork> {
  /** Ends work now; resolves when its result can be asked for. @throws Error for an unknown uuid */
  release(id: string): Promise<void>;
}

const KEY_FOLDER = "development/images/";
const FOLDERS = { bucket: `/s3/asset.1min.ai/${KEY_FOLDER}`, assets: `/${KEY_FOLDER}`, maker: "/maker/" } as const;

/**
 * 1min.ai's mask editors on this machine: takes uploads, checks requests by each model's table, paints, and
 * answers at once or – with `async` – when it is asked. Fields that a table does not list are ignored, as there.
 *
 * @example
 * await using oneMin = await startOneMin({ keys: ["test-key"] });
 * oneMin.behave({ outcome: "failure" });
 */
export async function startOneMin(options: OneMinOptions): Promise<OneMinSimulator> {
  const endings = new Map<string, () => void>();
  const vendor = await startVendor<OneMinBehaviour, OneMinWork>(options, (core) => routes(core, endings));
  return {
    ...vendor,
    async release(id) {
      const end = endings.get(id);
      if (end === undefined) throw new Error(`There is no work ${id}`);
      end();
    },
  };
}

function routes(core: VendorCore<OneMinBehaviour, OneMinWork>, endings: Map<string, () => void>) {
  const { time, random, rulebook, log, changes, keys, works, publicUrl } = core;
  const assets: Assets = new Map();
  const files = createFileStore(time, FOLDERS);
  const owners = new Map<string, OneMinWork>();

  const nameOf = (key: string) => key.slice(KEY_FOLDER.length);
  const places: Places = {
    signed: (key) => {
      const signature = new URLSearchParams({ "X-Amz-Expires": "604800", "X-Amz-Signature": "example_signature" });
      return `${publicUrl()}${FOLDERS.bucket}${nameOf(key)}?${signature}`;
    },
    maker: (key) => `${publicUrl()}${FOLDERS.maker}${nameOf(key)}`,
  };

  /** Whether a link without a signature leads anywhere: the vendor does not say. */
  function isOpen({ path, response }: Exchange): boolean {
    const { others = "assets" } = owners.get(path.split("/").at(-1) ?? "")?.behaviour ?? {};
    if (path.startsWith(FOLDERS.assets)) return others === "assets";
    return (
      !path.startsWith(FOLDERS.bucket) || others === "bucket" || (response.req.url ?? "").includes("X-Amz-Signature=")
    );
  }

  function finish(work: OneMinWork): void {
    const { outcome = "success", links = "ok" } = work.behaviour;
    const table = TABLES[work.model];
    if (outcome === "failure" || table === undefined) {
      work.status = "FAILURE";
    } else {
      const painted = outcome === "unsafe" || outcome === "empty" ? [] : picturesOf(work);
      for (const [index, { make, format }] of painted.entries()) {
        // an unsafe picture is made and not given
        if (outcome === "one-unsafe" && index === 0) continue;
        const name = `${random.uuid()}.${format}`;
        const faults = { bucket: links, assets: links, maker: links };
        files.put(name, { make, contentType: `image/${format}`, faults });
        owners.set(name, work);
        work.keys.push(KEY_FOLDER + name);
      }
      work.status = "SUCCESS";
    }
    changes.changed();
  }

  async function feature(exchange: Exchange, entry: LoggedRequest): Promise<Answer> {
    const body = (await readJson(exchange)) ?? {};
    log.read(entry, body);
    const given = body["promptObject"];
    const fields: Fields = typeof given === "object" && given !== null ? { ...given } : {};
    const behaviour = rulebook.take({ ...body, prompt: fields["prompt"] });
    if (behaviour.refuse !== undefined) return REFUSALS[behaviour.refuse]();

    const { type, model } = body;
    const table = TABLES[String(model)];
    if (type !== "IMAGE_INPAINTER") return missingFields([{ field: "type", message: "type must be IMAGE_INPAINTER" }]);
    if (table === undefined) return unsupportedModel(model);
    const refusal = refusedBy(table, fields) ?? (await refusedPictures(table, fields));
    if (refusal !== undefined) return refusal;

    const known = { ...table.required, ...table.optional };
    const referenceFields = Object.keys(known).filter((name) => known[name]?.kind === "assets" && name in fields);
    const work: OneMinWork = {
      id: random.uuid(),
      model: String(model),
      async: body["async"] === true,
      prompt: String(fields["prompt"]),
      photo: bytesOf(fields["imageUrl"]),
      mask: bytesOf(fields["maskUrl"]),
      paints: table.edits,
      references: Object.fromEntries(referenceFields.map((name) => [name, [fields[name]].flat().map(bytesOf)])),
      fields,
      ignored: Object.keys(fields).filter((name) => !(name in known)),
      behaviour,
      seed: Number(fields["seed"] ?? random.next()),
      createdAt: time.now(),
      status: "PROCESSING",
      keys: [],
      asked: 0,
    };
    const end = () => {
      if (work.status === "PROCESSING") finish(work);
    };
    endings.set(work.id, end);
    works.push(work);
    changes.changed();
    const { answer = "truth", takesSeconds = 2 } = behaviour;
    if (!work.async || answer === "success") end();
    else if (takesSeconds !== Infinity) time.schedule(takesSeconds * 1000, end);
    return json(recordOf(work, places));
  }

  const bytesOf = (path: unknown): Uint8Array => assets.get(path) ?? new Uint8Array();

  /** What is missing is told by field; what is wrong, the maker refuses. */
  function refusedBy(table: Table, fields: Fields): Answer | undefined {
    const missing = Object.keys(table.required).filter((name) => fields[name] === undefined);
    if (missing.length > 0) return missingFields(missing.map((field) => ({ field, message: `${field} is required` })));
    const wrong = Object.entries({ ...table.required, ...table.optional })
      .filter(([name, rule]) => fields[name] !== undefined && !keeps(rule, fields[name], (path) => assets.has(path)))
      .map(([name]) => `Invalid ${name}`);
    const message = wrong[0] ?? table.rules?.(fields);
    return message === undefined ? undefined : upstream(400, { error: { message } });
  }

  async function refusedPictures(
    { exactMask, maxBytes = Infinity }: Table,
    fields: Fields,
  ): Promise<Answer | undefined> {
    const refused = (message: string) => upstream(400, { error: { message } });
    const [photo, mask] = await Promise.all([
      openPicture(bytesOf(fields["imageUrl"])),
      openPicture(bytesOf(fields["maskUrl"])),
    ]);
    if (exactMask && (photo.width !== mask.width || photo.height !== mask.height))
      return refused("The mask must have the image's dimensions");
    const sizes = [photo.bytes.length, mask.bytes.length, ...referenceBytes(fields)];
    return sizes.some((bytes) => bytes > maxBytes) ? refused("A picture is larger than 10 MB") : undefined;
  }

  /** Of each kind of reference, all together. */
  const referenceBytes = (fields: Fields): number[] =>
    Object.values(fields)
      .filter((value) => Array.isArray(value))
      .map((paths) => paths.reduce((sum: number, path: unknown) => sum + bytesOf(path).length, 0));

  /** Of work that nobody knows it says nothing, under 200. */
  function result(id: string): Answer {
    const work = works.find((each) => each.id === id);
    if (work === undefined) return json({ aiRecord: null });
    work.asked += 1;
    return json(work.asked > (work.behaviour.unseen ?? 0) ? recordOf(work, places) : { aiRecord: null });
  }

  return async (exchange: Exchange, entry: LoggedRequest): Promise<void> => {
    const { method, path, headers } = exchange;
    if (!isOpen(exchange)) return exchange.send({ status: 403, body: "<Error><Code>AccessDenied</Code></Error>" });
    if (await files.serve(exchange)) return;
    if (!keys.includes(String(headers["api-key"]))) return exchange.send(badToken());
    const id = /^\/api\/results\/([^/]+)$/.exec(path)?.[1];
    if (method === "GET" && id !== undefined) return exchange.send(result(id));
    if (method === "POST" && path === "/api/assets")
      return exchange.send(await takeUpload(exchange, entry, core, assets));
    if (method === "POST" && path === "/api/features") return exchange.send(await feature(exchange, entry));
    exchange.send(json({ message: `Cannot ${method} ${path}` }, 404));
  };
}
