import { readJson } from "../forms.ts";
import type { Picture } from "../pictures.ts";
import type { LoggedRequest } from "../request-log.ts";
import type { Fields } from "../rulebook.ts";
import { type Exchange, json } from "../server.ts";
import {
  fieldProblems,
  OUTPUT_PIXELS,
  openMask,
  openPhoto,
  paintStable,
  type StableService,
  unknownFields,
} from "../stable-image.ts";
import { startVendor, type VendorCore, type VendorOptions, type VendorSimulator, type Work } from "../vendor.ts";
import { type BedrockRefusal, refusalAnswer } from "./refusals.ts";
import { type Credentials, checkSignature } from "./signature.ts";

/** How one edit is treated. */
export interface BedrockBehaviour {
  answer?: never;
  /** Refuses the edit; takes nothing. */
  refuse?: BedrockRefusal;
  /**
   * What becomes of it once it is taken.
   * - `success` (default)
   * - `prompt`, `input image`, `output image`: it was filtered for that, and there is no picture, under HTTP 200
   * - `inference-error`: the model failed, under HTTP 200; `model-error`: under 424
   */
  outcome?: "success" | "prompt" | "input image" | "output image" | "inference-error" | "model-error";
}

export interface BedrockWork extends Work {
  readonly service: StableService;
}

export type BedrockSimulator = VendorSimulator<BedrockBehaviour, BedrockWork>;

export interface BedrockOptions extends Omit<VendorOptions<BedrockBehaviour>, "keys"> {
  /** Who may use it. */
  credentials: readonly Credentials[];
  /** What signatures are to name; default us-east-1. */
  region?: string;
  /** Of every result; default the vendor's 4 megapixels. Fewer are painted faster. */
  outputPixels?: number;
}

const MODELS: Readonly<Record<string, StableService>> = {
  "us.stability.stable-image-inpaint-v1:0": "inpaint",
  "us.stability.stable-image-erase-object-v1:0": "erase",
};
const MAX_BODY_BYTES = 25_000_000;
const MAX_ASPECT = 2.5;

/**
 * Amazon Bedrock's `InvokeModel` on this machine, over real HTTP, with the models of Stability's that inpaint and
 * erase. It verifies every signature.
 *
 * @example
 * await using bedrock = await startBedrock({ credentials: [{ accessKeyId: "AKIATEST", secretAccessKey: "test" }] });
 * bedrock.behave({ refuse: "throttled" });
 */
export function startBedrock(options: BedrockOptions): Promise<BedrockSimulator> {
  const { credentials: known, region = "us-east-1", outputPixels = OUTPUT_PIXELS, ...rest } = options;
  return startVendor<BedrockBehaviour, BedrockWork>({ ...rest, keys: [] }, (core) => async (exchange, entry) => {
    const id = /^\/model\/([^/]+)\/invoke$/.exec(exchange.path)?.[1];
    if (exchange.method !== "POST" || id === undefined) return exchange.send(refusalAnswer("no-operation"));
    const unsigned = await checkSignature(exchange, { known, region, now: core.time.now() });
    if (unsigned !== undefined) return exchange.send(refusalAnswer(unsigned));
    const service = MODELS[decodeURIComponent(id)];
    if (service === undefined) {
      return exchange.send(refusalAnswer("validation", "The provided model identifier is invalid."));
    }
    await invoke(core, { exchange, entry, service, outputPixels });
  });
}

interface Invocation {
  exchange: Exchange;
  entry: LoggedRequest;
  service: StableService;
  outputPixels: number;
}

async function invoke(core: VendorCore<BedrockBehaviour, BedrockWork>, invocation: Invocation): Promise<void> {
  const { exchange, entry, service, outputPixels } = invocation;
  const malformed = (why: string) =>
    exchange.send(
      refusalAnswer("validation", `Malformed input request: ${why}, please reformat your input and try again.`),
    );
  if ((await exchange.readBody()).length > MAX_BODY_BYTES) return malformed("the body is too large");
  const body = await readJson(exchange);
  if (body === undefined) return malformed("it is no JSON object");
  core.log.read(entry, body);
  const pictures = await check(service, body);
  if (typeof pictures === "string") return malformed(pictures);
  const { refuse, outcome = "success" } = core.rulebook.take(body);
  if (refuse !== undefined) return exchange.send(refusalAnswer(refuse));

  const { photo, mask } = pictures;
  const { image: _image, mask: _mask, ...fields } = body;
  const prompt = String(body["prompt"] ?? "");
  core.works.push({
    service,
    prompt,
    photo: photo.bytes,
    mask: (mask ?? photo).bytes,
    paints: mask ? "white" : "transparent",
    fields,
  });
  core.changes.changed();
  if (outcome === "model-error") return exchange.send(refusalAnswer("model-error"));
  if (outcome !== "success") {
    const reason = outcome === "inference-error" ? "Inference error" : `Filter reason: ${outcome}`;
    return exchange.send(json({ finish_reasons: [reason] }));
  }
  const { bytes, seed } = await paintStable({ photo, mask, fields, pixels: outputPixels }, core.random);
  exchange.send(json({ seeds: [seed], finish_reasons: [null], images: [Buffer.from(bytes).toString("base64")] }));
}

/** @returns the pictures where everything is as documented, or what is not */
async function check(
  service: StableService,
  body: Fields,
): Promise<{ photo: Picture; mask: Picture | undefined } | string> {
  const [unknown] = unknownFields(service, Object.keys(body));
  if (unknown !== undefined) return `#: extraneous key [${unknown}] is not permitted`;
  const [problem] = fieldProblems(service, body);
  if (problem !== undefined) return `#/${problem}`;
  const [image, maskBytes] = [body["image"], body["mask"]].map(bytesOf);
  if (image === undefined) return "#/image: expected base64";
  if (maskBytes === undefined && body["mask"] !== undefined) return "#/mask: expected base64";
  const photo = await openPhoto(image, MAX_ASPECT);
  if (typeof photo === "string") return photo;
  const mask = maskBytes === undefined ? undefined : await openMask(maskBytes);
  return typeof mask === "string" ? mask : { photo, mask };
}

/** Of bare base64; a data URI is none. */
const bytesOf = (value: unknown): Buffer | undefined =>
  typeof value === "string" && value.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value)
    ? Buffer.from(value, "base64")
    : undefined;
