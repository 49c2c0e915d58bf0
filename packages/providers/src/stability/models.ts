import type { ModelRecord } from "@infill/core";
import { STABLE_ERASE, STABLE_INPAINT } from "../stable-image.ts";

const ALIKE = {
  provider: "stability",
  sizes: {
    kind: "range",
    min: 64,
    max: 2048,
    // none is documented, and it scales what comes in to its own 4 megapixels
    multipleOf: 1,
    preferred: 1024,
    // it takes 9,437,184, but requests of at most 10 MiB: at 3 MP even a photo that does not compress fits, mask and all
    maxPixels: 3_145_728,
  },
  price: {
    perResult: 50_000,
    source: "platform.stability.ai/docs/api-reference: 5 credits a result, of $0.01 each",
    asOf: "2026-11-25",
  },
} as const satisfies Partial<ModelRecord>;

/** Stability's edit services as data (docs: `/v2beta/stable-image/edit/inpaint` and `…/erase`). */
export const stabilityModels: readonly ModelRecord[] = [
  {
    ...ALIKE,
    ...STABLE_INPAINT,
    id: "stability/inpaint",
    description: "Stability AI's inpainting. Takes a soft mask; answers at about 4 megapixels.",
  },
  {
    ...ALIKE,
    ...STABLE_ERASE,
    id: "stability/erase",
    description: "Stability AI's eraser: removes what is masked, without a prompt.",
  },
];
