import { type Form, readForm } from "../forms.ts";
import type { LoggedRequest } from "../request-log.ts";
import type { Answer, Exchange } from "../server.ts";
import { json } from "../server.ts";
import {
  fieldProblems,
  OUTPUT_PIXELS,
  openMask,
  openPhoto,
  paintStable,
  type StableJob,
  type StableService,
  unknownFields,
} from "../stable-image.ts";
import { startVendor, type VendorCore, type VendorOptions, type VendorSimulator, type Work } from "../vendor.ts";
import { REFUSALS, type StabilityBehaviour, type StabilityRefusal } from "./behaviour.ts";

export interface StabilityWork extends Work {
  readonly service: StableService;
}

export type StabilitySimulator = VendorSimulator<StabilityBehaviour, StabilityWork>;

export interface StabilityOptions extends VendorOptions<StabilityBehaviour> {
  /** Of every result; default the vendor's 4 megapixels. Fewer are painted faster. */
  outputPixels?: number;
  /** What accounts have left; default 100. */
  credits?: number;
}

const EDIT = /^\/v2beta\/stable-image\/edit\/(inpaint|erase)$/;
const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

/**
 * Stability's inpainting and erasing on this machine, over real HTTP: `POST /v2beta/stable-image/edit/{service}`
 * and `GET /v1/user/balance`.
 *
 * @example
 * await using stability = await startStability({ keys: ["test-key"] });
 * stability.behave({ refuse: "moderation" });
 */
export function startStability(options: StabilityOptions): Promise<StabilitySimulator> {
  const { outputPixels = OUTPUT_PIXELS, credits = 100, ...rest } = options;
  return startVendor<StabilityBehaviour, StabilityWork>(rest, (core) => async (exchange, entry) => {
    const refuse = (name: StabilityRefusal, errors?: string[]) => exchange.send(refusal(core, name, errors));
    const service = EDIT.exec(exchange.path)?.[1] as StableService | undefined;
    const asksBalance = exchange.method === "GET" && exchange.path === "/v1/user/balance";
    if (!asksBalance && (exchange.method !== "POST" || service === undefined)) return refuse("not-found");
    if (!core.keys.some((key) => exchange.headers.authorization === `Bearer ${key}`)) return refuse("unauthorized");
    if (service === undefined) return exchange.send(json({ credits }));
    await edit(core, { exchange, entry, service, outputPixels, refuse });
  });
}

interface Edit {
  exchange: Exchange;
  entry: LoggedRequest;
  service: StableService;
  outputPixels: number;
  refuse(name: StabilityRefusal, errors?: string[]): void;
}

async function edit(core: VendorCore<StabilityBehaviour, StabilityWork>, request: Edit): Promise<void> {
  const { exchange, entry, service, outputPixels, refuse } = request;
  if ((await exchange.readBody()).length > MAX_REQUEST_BYTES) return refuse("too-large");
  const { accept = "image/*" } = exchange.headers;
  const inJson = accept === "application/json";
  if (!inJson && accept !== "image/*") return refuse("bad-request", ["accept: must be image/* or application/json"]);
  const form = await readForm(exchange);
  if (form === undefined) return refuse("bad-request", ["content-type: must be multipart/form-data"]);
  core.log.read(entry, form.shown);

  const fields = fieldsOf(form);
  const { problems, photo, mask } = await check(service, form, fields);
  if (photo === undefined) return refuse("bad-request", problems);
  const { refuse: refused, outcome = "success" } = core.rulebook.take(fields);
  if (refused !== undefined) return refuse(refused);

  const prompt = String(fields["prompt"] ?? "");
  core.works.push({
    service,
    prompt,
    photo: photo.bytes,
    mask: (mask ?? photo).bytes,
    paints: mask ? "white" : "transparent",
    fields,
  });
  core.changes.changed();
  const blurred = outcome === "filtered";
  const painted = await paintStable({ photo, mask, fields, pixels: outputPixels }, core.random, { blurred });
  const reason = blurred ? "CONTENT_FILTERED" : "SUCCESS";
  const { bytes, seed, contentType } = painted;
  const image = Buffer.from(bytes).toString("base64");
  const headers = { "finish-reason": reason, seed: String(seed), "x-request-id": core.random.uuid() };
  exchange.send(
    inJson
      ? json({ image, finish_reason: reason, seed })
      : { status: 200, headers: { ...headers, "content-type": contentType }, body: bytes },
  );
}

/** The fields that are no files, numbers as such where they read as such. */
function fieldsOf(form: Form): Record<string, unknown> {
  const numbers = ["seed", "grow_mask"];
  return Object.fromEntries(
    form.names.flatMap((name) => {
      const text = form.text(name);
      if (text === undefined) return [];
      return [[name, numbers.includes(name) && /^\d+$/.test(text) ? Number(text) : text]];
    }),
  );
}

/** @returns the pictures where everything is as documented, or what is not */
async function check(
  service: StableService,
  form: Form,
  fields: Record<string, unknown>,
): Promise<{ problems: string[]; photo?: StableJob["photo"]; mask?: StableJob["mask"] }> {
  const [image, secondImage] = form.files("image");
  const [maskFile, secondMask] = form.files("mask");
  const problems = [
    ...unknownFields(service, form.names).map((name) => `${name}: is not a field of this service`),
    ...fieldProblems(service, fields),
    ...(secondImage === undefined && secondMask === undefined ? [] : ["image, mask: one file each"]),
    ...["image", "mask"].flatMap((name) => (name in fields ? [`${name}: must be a file`] : [])),
  ];
  const photo = image === undefined ? "image: is required" : await openPhoto(image.bytes);
  const mask = maskFile === undefined ? undefined : await openMask(maskFile.bytes);
  if (typeof photo === "string") problems.push(photo);
  if (typeof mask === "string") problems.push(mask);
  if (problems.length > 0 || typeof photo === "string" || typeof mask === "string") return { problems };
  return { problems, photo, mask };
}

function refusal(
  { random }: VendorCore<StabilityBehaviour, StabilityWork>,
  refused: StabilityRefusal,
  errors?: string[],
) {
  const { status, name, text } = REFUSALS[refused];
  return json({ id: random.uuid().replaceAll("-", ""), name, errors: errors ?? [text] }, status) satisfies Answer;
}
