import { randomInt } from "node:crypto";
import {
  type ModelRecord,
  OUTPUT_FORMATS,
  type Provider,
  ProviderFailure,
  type ProviderOutput,
  type ProviderRequest,
  type Size,
} from "@infill/core";
import { fillInWorker } from "./client.ts";
import { MIN_SOURCES, TooFewSources } from "./fill.ts";

const MAX_SEED = 2_147_483_647;

/** Masks cover the thing they remove; a hole that eats into its neighbours hides the very edges the fill goes by. */
const DEFAULTS = { grow: 0, feather: 0.0025 };

/** The models that run on this machine: no key, no price. */
export const localModels: readonly ModelRecord[] = [
  {
    id: "local/fill",
    provider: "local",
    description: "Fills the hole from its surroundings, on this machine: exemplar-based, no key, no network.",
    replace: { prompt: "ignored", defaults: DEFAULTS },
    erase: { how: "native", defaults: DEFAULTS },
    maxPromptLength: 4000,
    options: {
      seed: { type: "integer", min: 0, max: MAX_SEED },
      n: { type: "integer", min: 1, max: 4, default: 1 },
    },
    providerOptions: {},
    sizes: { kind: "range", min: 16, max: 1536, multipleOf: 1, preferred: 1024 },
    mask: { convention: "white", soft: false },
    outputFormats: OUTPUT_FORMATS,
    price: { perResult: 0, source: "runs on your own machine", asOf: "2026-11-20" },
    typicalSeconds: 1,
    repeatable: true,
  },
];

export interface LocalProviderOptions {
  /** Chooses the seed when the request names none: 0–2147483647. */
  chooseSeed?: () => number;
}

/** The provider of `local/fill`. Answers within `submit`: there is nothing to poll and nobody calls back. */
export function createLocalProvider({ chooseSeed = () => randomInt(MAX_SEED) }: LocalProviderOptions = {}): Provider {
  return {
    name: "local",
    models: localModels,
    /**
     * Fills in `n` threads; result `i` has the seed `seed + i`.
     *
     * @throws ProviderFailure `mask_mismatch` when picture and mask differ in size or the mask leaves nothing to fill
     *   from; `canceled` when the signal is aborted; nothing was charged in any case
     */
    async submit(request, { signal, onProgress }) {
      const seed = request.seed ?? chooseSeed();
      const shares = new Array<number>(request.n).fill(0);
      // one that fails ends the others
      const failed = new AbortController();
      const stop = AbortSignal.any([signal, failed.signal]);
      try {
        stop.throwIfAborted();
        const photo = await decode(request);
        stop.throwIfAborted();
        const outputs = await Promise.all(
          shares.map(async (_, i): Promise<ProviderOutput> => {
            const rgb = await fillInWorker({
              ...photo,
              seed: (seed + i) % (MAX_SEED + 1),
              signal: stop,
              onProgress: (progress) => {
                shares[i] = progress;
                onProgress?.(shares.reduce((sum, share) => sum + share, 0) / shares.length);
              },
            });
            const png = await encode(rgb, photo);
            return { read: async () => png };
          }),
        );
        return { state: "succeeded", outputs };
      } catch (error) {
        failed.abort(error);
        if (signal.aborted) {
          throw new ProviderFailure("canceled", "The fill was canceled", {
            accepted: "no",
            charged: "no",
            cause: error,
          });
        }
        if (error instanceof TooFewSources) throw tooFew(error, request.size);
        throw error;
      }
    },
  };
}

async function decode({ image, mask }: ProviderRequest): Promise<Size & { rgb: Uint8Array; mask: Uint8Array }> {
  // loaded here: it takes its time, and most of what imports this file never fills
  const { default: sharp } = await import("sharp");
  const [imageBytes, maskBytes] = await Promise.all([image.bytes(), mask.bytes()]);
  const [picture, hole] = await Promise.all([
    sharp(imageBytes).removeAlpha().toColourspace("srgb").raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true }),
    sharp(maskBytes).removeAlpha().toColourspace("b-w").raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true }),
  ]);
  const { width, height } = picture.info;
  if (hole.info.width !== width || hole.info.height !== height) {
    throw new ProviderFailure(
      "mask_mismatch",
      `The mask is ${hole.info.width}×${hole.info.height} px; it must be as large as the picture, ${width}×${height} px`,
      { accepted: "no", charged: "no", details: { picture: { width, height }, mask: sizeOf(hole.info) } },
    );
  }
  return { width, height, rgb: picture.data, mask: hole.data };
}

async function encode(rgb: Uint8Array, { width, height }: Size): Promise<Uint8Array> {
  const { default: sharp } = await import("sharp");
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

function tooFew({ sources }: TooFewSources, { width, height }: Size): ProviderFailure {
  return new ProviderFailure(
    "mask_mismatch",
    `The mask leaves ${sources} whole 7×7 px patches of the ${width}×${height} px picture to fill from; ` +
      `local/fill needs at least ${MIN_SOURCES}`,
    { accepted: "no", charged: "no", details: { sourcePatches: sources, needed: MIN_SOURCES, width, height } },
  );
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}
