import { createFileStore } from "../files.ts";
import { readForm } from "../forms.ts";
import { paint } from "../paint.ts";
import { json } from "../server.ts";
import { startVendor, type VendorCore, type VendorOptions, type VendorSimulator, type Work } from "../vendor.ts";
import { type IdeogramBehaviour, REFUSALS } from "./behaviour.ts";
import { type InpaintRequest, InvalidInput, readInpaint } from "./request.ts";
import { nearestResolution } from "./values.ts";

export interface IdeogramOptions extends VendorOptions<IdeogramBehaviour> {
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
  const { linkSeconds = 3600 } = options;
  return startVendor<IdeogramBehaviour, Work>(options, (core) => {
    const files = createFileStore(core.time, { picture: FOLDER });

    const keep: Keep = (make, { links = "ok" }) => {
      const name = `${core.random.uuid()}.png`;
      files.put(name, { make, contentType: "image/png", faults: { picture: links } });
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

      const { prompt, photo, mask, fields } = request;
      core.works.push({ prompt, photo: photo.bytes, mask: mask.bytes, paints: "black", fields });
      core.changes.changed();
      exchange.send(json(answer(request, behaviour, core, keep), 200, SUCCESSOR));
    };
  });
}

type Core = VendorCore<IdeogramBehaviour, Work>;
/** @returns where the picture can be fetched */
type Keep = (make: () => Promise<Uint8Array>, behaviour: IdeogramBehaviour) => string;

function answer(request: InpaintRequest, behaviour: IdeogramBehaviour, { random, time }: Core, keep: Keep) {
  const { photo, mask, styleType } = request;
  const { answer: outcome = "safe" } = behaviour;
  const size = nearestResolution(photo);
  const prompt = request.magic ? `${request.prompt}, in soft light, finely detailed` : request.prompt;
  const one = (index: number) => {
    const seed = ((request.seed ?? random.next()) + index) % 2 ** 31;
    const safe = outcome === "safe" || (outcome === "first-unsafe" && index > 0);
    const job = { photo: photo.bytes, mask: mask.bytes, where: "black", ...size, prompt, seed } as const;
    return {
      url: safe ? keep(() => paint(job), behaviour) : null,
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
    data: Array.from({ length: count }, (_, index) => one(index)),
  };
}
