import type { EditSettings, SizeRule } from "@infill/core";
import { createPixels } from "@infill/pixels";
import sharp from "sharp";
import type { Benchmark } from "./benchmark.ts";
import { interleave, ratioOf, spreadOf, timed } from "./measure.ts";
import { landscape, wavyHole } from "./synthetic.ts";

const EFFORT = {
  full: { rounds: 9, warmups: 1, width: 4000, height: 3000 },
  smoke: { rounds: 1, warmups: 0, width: 400, height: 300 },
};

/** A model of 1024 px that takes a hard mask, as most do. */
const sizes: SizeRule = { kind: "range", min: 256, max: 1024, multipleOf: 8, preferred: 1024 };
const maskRule = { convention: "white", soft: false } as const;
const settings: EditSettings = { crop: "auto", feather: 24, grow: 12, maskConvention: "white" };
const MASKED_SHARE = 0.03;

/** All the pixel work of one job, against merely opening and saving the same photo. */
export const pixels: Benchmark = {
  name: "pixels",
  describe: "Pixel work of a 12-megapixel JPEG job through a 1024-px model, against decoding and encoding that photo",

  async run({ effort, progress }) {
    const { width, height, ...rounds } = EFFORT[effort];
    progress("painting the photo");
    const raw = landscape(width, height);
    const image = await sharp(raw.rgb, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toBuffer();
    const mask = await sharp(wavyHole(raw, MASKED_SHARE), { raw: { width, height, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toBuffer();

    const { prepare, finish } = createPixels();
    const start = () => prepare({ image, mask, settings, sizes, maskRule });
    const { plan, image: sent } = await start();
    const answer = await sharp(sent).blur(5).png().toBuffer(); // some answer: what it shows costs nothing
    const end = () => finish({ image, mask, plan, sent, answer, outputFormat: "jpeg" });
    // as `finish` encodes, so that both write the same number of bytes
    const plain = () => sharp(image).jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer();

    const ms = await interleave(
      { prepare: () => timed(start), finish: () => timed(end), plain: () => timed(plain) },
      { ...rounds, onRound: (round) => progress(`round ${round} of ${rounds.rounds}`) },
    );
    const job = ms.prepare.map((prepared, round) => prepared + (ms.finish[round] ?? Number.NaN));
    return {
      figures: [
        { what: "prepare and finish", unit: "ms", ...spreadOf(job) },
        { what: "of that prepare", unit: "ms", ...spreadOf(ms.prepare) },
        { what: "of that finish", unit: "ms", ...spreadOf(ms.finish) },
        { what: "sharp, decode and encode", unit: "ms", ...spreadOf(ms.plain) },
      ],
      ratios: [
        {
          what: "prepare and finish",
          against: "sharp, decode and encode",
          better: "lower",
          ...ratioOf(job, ms.plain),
        },
      ],
      notes: [
        `${width}×${height} px, ${(image.length / 1e6).toFixed(1)} MB, ${MASKED_SHARE * 100} % masked; worked at ${plan.work.width}×${plan.work.height} px.`,
        "A job opens the photo twice (before and after the model, in two steps) and its result once, to prove what it left untouched.",
      ],
    };
  },
};
