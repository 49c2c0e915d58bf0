import { join } from "node:path";
import sharp from "sharp";
import { newCaller } from "../deployed/caller.ts";
import type { Deployment } from "../deployed/deployment.ts";
import { startDeployed } from "../deployed/start.ts";
import { ROOT } from "../offline/deploy.ts";
import { allOf, functionNamed, functionNames } from "../offline/graph.ts";
import type { Measured } from "./bill.ts";

/** A phone's photo, px. */
const PHOTO = { width: 3024, height: 4032 };
const MASKED = { left: 1400, top: 2100, width: 300, height: 200 };
/** A phone looks so often at a job that it waits for. */
const LOOKS = 3;

export interface MeasureOptions {
  edits: number;
  machine: string;
  /** `2026-11-25` */
  date: string;
  onEdit?: (done: number) => void;
  size?: { width: number; height: number };
}

/**
 * Runs edits on the deployed shape as a phone asks for them, half of them ended by the vendor's callback and
 * half by asking, and counts what would be billed. The first edit starts the processes, and is not counted.
 */
export async function measure(deployment: Deployment, options: MeasureOptions): Promise<Measured> {
  const { edits, machine, date, onEdit, size = PHOTO } = options;
  await using deployed = await startDeployed(deployment);
  const caller = await newCaller(deployed);
  const [image, mask] = await Promise.all([jpeg(size), maskOf(size)]);
  let [resultBytes, storedBytes] = [0, 0];

  for (let edit = 0; edit <= edits; edit++) {
    if (edit === 1) {
      deployed.usage.clear();
      [resultBytes, storedBytes] = [0, 0];
    }
    const late =
      edit % 2 === 0 ? { etaSeconds: 600, takesSeconds: 8 } : { callback: "never" as const, takesSeconds: 8 };
    deployed.modelsLab.behave({ etaSeconds: 8, ...late });
    const ids = [await caller.upload(image, "image/jpeg"), await caller.upload(mask)];
    const asked = await caller.ask({ image: ids[0], mask: ids[1], outputFormat: "jpeg" });
    const { id } = (await asked.json()) as { id: string };
    for (let look = 1; look < LOOKS; look++) await caller.job(id);
    await deployed.finish(id);
    await deployed.quiet();
    await caller.job(id); // the last look finds it done
    const result = await caller.result(id);
    resultBytes += result.byteLength;
    storedBytes += result.byteLength;
    onEdit?.(edit);
  }

  const logs = Object.values(deployed.functions).reduce((sum, each) => sum + Buffer.byteLength(each.log()), 0);
  const model = "modelslab/inpaint";
  const listed = (await (await caller.api(`/v1/models/${model}`)).json()) as {
    price: { perResult: number; source: string };
  };
  return {
    edits,
    counts: {
      ...deployed.usage.counts(),
      "log bytes": Math.round((logs * edits) / (edits + 1)), // the first edit's lines are in it
      "result bytes": resultBytes,
      "stored bytes": storedBytes,
    },
    memory: Object.fromEntries(
      functionNames(deployment.graph).map((name) => [name, functionNamed(deployment.graph, name).inputs.memorySize]),
    ),
    standing: {
      alarms: allOf(deployment.graph, "aws:cloudwatch/metricAlarm:MetricAlarm").length,
      dashboards: allOf(deployment.graph, "aws:cloudwatch/dashboard:Dashboard").length,
    },
    photoBytes: image.byteLength,
    provider: { model, microUsd: listed.price.perResult, source: listed.price.source },
    machine,
    date,
  };
}

const SAMPLE = join(ROOT, "packages/cli/sample/coffee.png");
/** Of a phone's sensor, in levels of 255. */
const GRAIN = 3;

/** The sample photo at a phone's size, with the grain that enlarging does not give it. */
async function jpeg(size: { width: number; height: number }): Promise<Uint8Array> {
  const noise = { type: "gaussian" as const, mean: 128, sigma: GRAIN };
  const grain = await sharp({ create: { ...size, channels: 3, background: "grey", noise } })
    .png()
    .toBuffer();
  return sharp(SAMPLE)
    .resize({ ...size, fit: "cover" })
    .composite([{ input: grain, blend: "soft-light" }])
    .jpeg({ quality: 85 })
    .toBuffer();
}

function maskOf({ width, height }: { width: number; height: number }): Promise<Uint8Array> {
  const scale = width / PHOTO.width;
  const box = Object.fromEntries(
    Object.entries(MASKED).map(([name, px]) => [name, Math.max(1, Math.round(px * scale))]),
  );
  const white = {
    create: { width: box["width"] ?? 1, height: box["height"] ?? 1, channels: 3 as const, background: "white" },
  };
  return sharp({ create: { width, height, channels: 3, background: "black" } })
    .composite([{ input: white, left: box["left"] ?? 0, top: box["top"] ?? 0 }])
    .png()
    .toBuffer();
}
