import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startHttp, type TestServer } from "@infill/providers/testing/servers";
import sharp from "sharp";
import { expect } from "vitest";
import { compare } from "../../demo/compare.ts";
import { decodeGrey, decodeRgb } from "../../demo/raster.ts";
import type { Bench } from "./bench.ts";

/** Further than a feather reaches by default, px. */
const REACH = 40;

export const SAMPLE = { photo: "packages/cli/sample/coffee.png", mask: "packages/cli/sample/mask.png" };

export const read = (bench: Bench, name: string): Buffer => readFileSync(join(bench.folder, name));

/** That this is the sample photo, changed where its mask is and nowhere else. */
export async function isEdited(bench: Bench, result: Uint8Array): Promise<void> {
  const rasters = await Promise.all([
    decodeRgb(read(bench, SAMPLE.photo)),
    decodeRgb(result),
    decodeGrey(read(bench, SAMPLE.mask)),
  ]);
  const { changed, changedOutside } = compare(...rasters, REACH);
  expect(changed).toBeGreaterThan(0);
  expect(changedOutside).toBe(0);
}

/** The sample's mask as an app's brush leaves it, some colour on an empty canvas: `painted.png`. */
export async function paint(bench: Bench): Promise<void> {
  const stroke = await sharp(read(bench, SAMPLE.mask)).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
  const { width, height } = stroke.info;
  const canvas = Buffer.from([...stroke.data].flatMap((alpha) => [alpha, alpha / 4, alpha / 2, alpha]));
  await sharp(canvas, { raw: { width, height, channels: 4 } }).toFile(join(bench.folder, "painted.png"));
}

/** Runs a command that serves until it is stopped: it must say where. */
export async function serves(bench: Bench, command: string): Promise<void> {
  const child = spawn("bash", ["-c", `exec ${command}`], {
    cwd: bench.folder,
    env: { ...process.env, PORT: "0", INFILL_DATA: join(bench.folder, ".infill/another") },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const ended = once(child, "close");
  const errors = text(child.stderr);
  let said = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    said += chunk;
    if (!/Ctrl-C/.test(said)) continue;
    // npm and what it runs
    process.kill(-(child.pid ?? Number.NaN), "SIGINT");
    break;
  }
  child.stdout.resume();
  await ended;
  expect(said, `${command}: ${await errors}`).toMatch(/runs at http:\/\/localhost:\d+[\s\S]*API key {3}key_/);
}

/** A backend of the reader's own, which mints a token for whoever is signed in. */
export const startBackend = (bench: Bench): Promise<TestServer> =>
  startHttp(async ({ headers }, response) => {
    const user = headers["x-session"];
    const answer = await bench.caller.api("/v1/tokens", { json: { user } });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
