import { createFileStore } from "../files.ts";
import { readForm } from "../forms.ts";
import { paint } from "../paint.ts";
import { json } from "../server.ts";
import { startVendor, type VendorCore, type VendorOptions, type VendorSimulator, type Work } from "../vendor.ts";
import { type IdeogramBehaviour, REFUSALS } from "./behaviour.ts";
import { type InpaintRequest, InvalidInput, readInpaint } from "./request.ts";
import { nearestResolution } from "./values.ts";

export interface IdeogramOptions extends VendorOptions<IdeogramBehaviour> {
  /** Pictures that may be in progress at once; default 10, as an organization has without asking for more. */
  maxInFlight?: number;
  /** How long links live, in seconds; default an hour. */
  linkSeconds?: number;
}

export type IdeogramSimulator = VendorSimulator<IdeogramBehaviour, Work>;

const FOLDER = "/api/images/ephemeral/";
/** That every answer of this older endpoint carries. */
const SUCCESSOR = {
  link: '<https://developer.ideogram.ai/v2/api-reference/images/inpaint/ideogram-3>; rel="successor-version"',
};

/**
 * Ideogram's inpainting on this machine, over real HTTP: it checks forms as the vendor's reference says, paints
 * where the mask is black, answers at its own resolutions – and refuses or withholds as told by `behave`.
 *
 * @example
 * await using ideogram = await startIdeogram({ keys: ["test-key"] });
 * ideogram.behave({ answer: "unsafe" });
 */
export function startIdeogram(options: IdeogramOptions): Promise<IdeogramSimulator> {
  const { maxInFlight = 10, linkSeconds = 3600 } = options;
  return startVendor<IdeogramBehaviour, Work>(options, (core) => {
    const files = createFileStore(core.time, { picture: FOLDER });
    let inFlight = 0;

    /** @returns where it can be fetched */
    const keep = (bytes: Uint8Array, { links = "ok" }: IdeogramBehaviour): string => {
      const name = `${core.random.uuid()}.png`;
      files.put(name, { bytes, contentType: "image/png", faults: { picture: links } });
      core.time.schedule(linkSeconds * 1000, () => files.expire(name));
      const expires = Math.floor(core.time.now() / 1000) + linkSeconds;
      return `${core.publicUrl()}${FOLDER}${name}?exp=${expires}&sig=${core.random.uuid()}`;
    };

    return async (exchange, entry) => {
      if (await files.serve(exchange)) return;
      const { method, path, headers } = exchange;
      if (!core.keys.includes(String(headers["api-key"]))) return exchange.send(REFUSALS["invalid-key"]());
      if (method === "GET" && path === "/datasets") return exchange.send(json({ datasets: [] }));
      if (method !== "POST" || path !== "/v1/ideogram-v3/inpaint")
        return exchange.send(json({ error: "Not found" }, 404));

      const form = await readForm(exchange);
      if (form === undefined) return exchange.send(json({ error: "multipart/form-data is expected" }, 400));
      core.log.read(entry, form.shown);
      const behaviour = core.rulebook.take(form.shown);
      if (behaviour.refuse !== undefined) return exchange.send(REFUSALS[behaviour.refuse]());
      const request = await readInpaint(form).catch((error: unknown) => {
        if (error instanceof InvalidInput) return error;
        throw error;
      });
      if (request instanceof InvalidInput) return exchange.send(json({ error: request.message }, 400, SUCCESSOR));
      if (inFlight + request.count > maxInFlight) return exchange.send(REFUSALS["inflight-limit"]());

      take(core, request);
      inFlight += request.count;
      try {
        exchange.send(json(await answer(request, behaviour, core, keep), 200, SUCCESSOR));
      } finally {
        inFlight -= request.count;
      }
    };
  });
}

type Core = VendorCore<IdeogramBehaviour, Work>;

function take(core: Core, { prompt, photo, mask, fields }: InpaintRequest): void {
  core.works.push({ prompt, photo: photo.bytes, mask: mask.bytes, fields });
  core.changes.changed();
}

async function answer(
  request: InpaintRequest,
  behaviour: IdeogramBehaviour,
  { random, time }: Core,
  keep: (bytes: Uint8Array, behaviour: IdeogramBehaviour) => string,
) {
  const { photo, mask, styleType } = request;
  const { answer: outcome = "safe" } = behaviour;
  const size = nearestResolution(photo);
  const prompt = request.magic ? `${request.prompt}, in soft light, finely detailed` : request.prompt;
  const one = async (index: number) => {
    const seed = ((request.seed ?? random.next()) + index) % 2 ** 31;
    const safe = outcome === "safe" || (outcome === "first-unsafe" && index > 0);
    const job = { photo: photo.bytes, mask: mask.bytes, where: "black", ...size, prompt, seed } as const;
    return {
      url: safe ? keep(await paint(job), behaviour) : null,
      prompt,
      resolution: `${size.width}x${size.height}`,
      is_image_safe: safe,
      seed,
      style_type: styleType,
    };
  };
  const count = outcome === "empty" ? 0 : request.count;
  return {
    created: new Date(time.now()).toISOString(),
    data: await Promise.all(Array.from({ length: count }, (_, index) => one(index))),
  };
}
