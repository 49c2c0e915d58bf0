import { fillInWorker } from "@infill/local/fill";
import type { Benchmark } from "./benchmark.ts";
import { type Scene, scenes } from "./fill/scenes.ts";
import { loadTelea } from "./fill/telea.ts";
import { type TextureKept, textureKept } from "./fill/texture.ts";
import { interleave, ratioOf, spreadOf } from "./measure.ts";
import { wavyHole } from "./synthetic.ts";

const EFFORT = { full: { rounds: 5, warmups: 1, side: 1024 }, smoke: { rounds: 1, warmups: 0, side: 128 } };
const MASKED_SHARE = 0.1;
const SEED = 1;

interface Filled {
  ms: number;
  rgb: Uint8Array;
}

/** `local/fill` against the usual keyless way: how long, and how much of the texture is there again. */
export const fill: Benchmark = {
  name: "fill",
  describe: "local/fill against OpenCV's Telea inpainting: time, and how much texture the hole has (1 = the truth)",

  async run({ effort, progress }) {
    const { side, ...rounds } = EFFORT[effort];
    progress("loading OpenCV");
    const telea = await loadTelea();
    const times = { infill: [] as number[], telea: [] as number[] };
    const kept: { scene: Scene; infill: TextureKept; telea: TextureKept }[] = [];
    for (const scene of await scenes(side)) {
      progress(scene.name);
      const mask = wavyHole(scene.picture, MASKED_SHARE);
      const hidden = withoutHole(scene.picture.rgb, mask);
      const per = await interleave(
        {
          infill: () => clocked(() => fillInWorker({ ...scene.picture, rgb: hidden, mask, seed: SEED })),
          telea: () => clocked(async () => telea({ ...scene.picture, rgb: hidden }, mask)),
        },
        rounds,
      );
      times.infill.push(...per.infill.map(({ ms }) => ms));
      times.telea.push(...per.telea.map(({ ms }) => ms));
      const judge = (runs: Filled[]) => textureKept(scene.picture, runs.at(-1)?.rgb ?? hidden, mask);
      kept.push({ scene, infill: judge(per.infill), telea: judge(per.telea) });
    }
    const over = (who: "infill" | "telea", what: keyof TextureKept) => spreadOf(kept.map((row) => row[who][what]));
    const truth = { against: "the truth", better: "nearer to 1" } as const;
    return {
      figures: [
        { what: "local/fill", unit: "ms", ...spreadOf(times.infill) },
        { what: "Telea", unit: "ms", ...spreadOf(times.telea) },
        { what: "local/fill, PSNR", unit: "dB", ...over("infill", "psnr") },
        { what: "Telea, PSNR", unit: "dB", ...over("telea", "psnr") },
      ],
      ratios: [
        { what: "local/fill, time", against: "Telea", better: "lower", ...ratioOf(times.infill, times.telea) },
        { what: "local/fill, gradient energy", ...truth, ...over("infill", "gradient") },
        { what: "Telea, gradient energy", ...truth, ...over("telea", "gradient") },
        { what: "local/fill, local variance", ...truth, ...over("infill", "variance") },
        { what: "Telea, local variance", ...truth, ...over("telea", "variance") },
      ],
      details: kept.map(({ scene, infill, telea: other }) => ({
        scene: scene.name,
        "gradient, local/fill": infill.gradient,
        "gradient, Telea": other.gradient,
        "variance, local/fill": infill.variance,
        "variance, Telea": other.variance,
        "PSNR dB, local/fill": infill.psnr,
        "PSNR dB, Telea": other.psnr,
      })),
      notes: [
        `${side}×${side} px, a tenth masked; local/fill starts a thread for every picture, OpenCV is loaded once and not counted.`,
        "Texture and PSNR are taken inside the hole, their spread is over the scenes. PSNR favours a blur.",
      ],
    };
  },
};

async function clocked(call: () => Promise<Uint8Array>): Promise<Filled> {
  const started = performance.now();
  const rgb = await call();
  return { ms: performance.now() - started, rgb };
}

/** The photo with black in the hole: nobody may peep at the truth. */
function withoutHole(rgb: Uint8Array, mask: Uint8Array): Uint8Array {
  return rgb.map((value, i) => (mask[Math.floor(i / 3)] === 255 ? 0 : value));
}
