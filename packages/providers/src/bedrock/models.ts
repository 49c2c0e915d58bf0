import type { ModelRecord } from "@infill/core";
import { STABLE_ERASE, STABLE_INPAINT } from "../stable-image.ts";

const ALIKE = {
  provider: "bedrock",
  sizes: {
    kind: "range",
    min: 64,
    max: 2048,
    // none is documented, and it scales what comes in to its own 4 megapixels
    multipleOf: 1,
    preferred: 1024,
    // more than it gives back would be lost; in base64, photo and mask of that stay below InvokeModel's 25 MB
    maxPixels: 4_194_304,
    maxAspect: 2.5,
  },
  price: {
    perResult: 70_000,
    source: "aws.amazon.com/bedrock/pricing, Stability AI image services in the US regions",
    asOf: "2026-11-25",
  },
} as const satisfies Partial<ModelRecord>;

/** Stability's edit services as Amazon Bedrock sells them: billed by AWS, with no vendor's key. */
export const bedrockModels: readonly ModelRecord[] = [
  {
    ...ALIKE,
    ...STABLE_INPAINT,
    id: "bedrock/stability-inpaint",
    description: "Stability AI's inpainting on Amazon Bedrock, in your own AWS account. Answers at about 4 megapixels.",
  },
  {
    ...ALIKE,
    ...STABLE_ERASE,
    id: "bedrock/stability-erase",
    description: "Stability AI's eraser on Amazon Bedrock: removes what is masked, without a prompt.",
  },
];
