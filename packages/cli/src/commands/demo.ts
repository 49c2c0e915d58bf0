import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { createClient } from "../api/client.ts";
import { readPicture } from "../api/picture.ts";
import { uploadPictures } from "../api/upload.ts";
import type { Context } from "../context.ts";
import type { Comparison } from "../demo/compare.ts";
import { CliError, EXIT, interrupted } from "../exit.ts";
import { describeJob, edgeOf, showing } from "../output/job.ts";
import { createProgress } from "../output/progress.ts";
import { type Styles, styles } from "../output/style.ts";
import { duration, grouped } from "../output/words.ts";
import { dataDirectory } from "../settings.ts";
import { openStack } from "./serve.ts";

const HELP = `
Starts a stack of its own on a free port, uploads a sample photo and a mask through the real API,
erases what the mask shows with local/fill, and compares result and photo pixel by pixel itself.
It ends with 1 if a single pixel outside the mask's reach changed. Nothing leaves this machine.

Example:
  infill demo`;

const sample = (name: string): string => fileURLToPath(new URL(`../../sample/${name}`, import.meta.url));

export function demoCommand(program: Command, context: Context): void {
  program
    .command("demo")
    .description("Start a stack, edit a sample photo, and prove that every pixel beyond the mask's edge stayed.")
    .addHelpText("after", HELP)
    .action(() => demo(context));
}

async function demo(context: Context): Promise<void> {
  const { env, cwd, clock, stdout } = context;
  const style = styles(stdout);
  const progress = createProgress(context.stderr);
  const signal = context.takeInterrupts();
  const folder = dataDirectory(env, cwd);

  progress.show("starting a stack");
  const started = clock.now();
  const stack = await openStack(context, { dataDirectory: join(folder, "demo-data"), port: 0 });
  progress.end();
  stdout.write(`stack started in ${duration(clock.now() - started)}\n`);
  try {
    const client = createClient(stack, { fetch: context.fetch, clock });
    const [photo, mask] = await Promise.all([
      readPicture(sample("coffee.png"), "photo"),
      readPicture(sample("mask.png"), "mask"),
    ]);

    progress.show("uploading the sample photo and its mask");
    const uploading = clock.now();
    const [image = "", maskId = ""] = await uploadPictures(
      client,
      [
        { picture: photo, purpose: "image" },
        { picture: mask, purpose: "mask" },
      ],
      () => {},
      signal,
    );
    const uploadMs = clock.now() - uploading;

    // a seed: the same picture on every machine
    const body = { model: "local/fill", operation: "erase" as const, image, mask: maskId, seed: 1 };
    const asked = await client.inpaint(body, crypto.randomUUID(), signal);
    const job = await client.follow(asked, showing(progress), signal);
    progress.end();
    stdout.write(`${describeJob(job, style, uploadMs).join("\n")}\n`);
    if (job.status !== "succeeded")
      throw new CliError(EXIT.failed, "demo_failed", `The job ${job.status}; the log is in ${folder}/demo-data`);

    const { bytes } = await client.download(job.id, 0);
    const reach = job.edit.grow + job.edit.feather;
    const { comparison, pictures } = await judge(photo.bytes, mask.bytes, bytes, reach, join(folder, "demo"));
    stdout.write(
      report(
        comparison,
        edgeOf(job.edit),
        pictures.map((path) => relative(cwd, path)),
        style,
      ),
    );
    if (comparison.changedOutside > 0)
      throw new CliError(
        EXIT.failed,
        "pixels_changed",
        `${grouped(comparison.changedOutside)} pixels changed ${edgeOf(job.edit)}: this is a defect`,
      );
  } catch (error) {
    throw signal.aborted ? interrupted("Stopped.") : error;
  } finally {
    progress.end();
    await stack.close();
  }
}

/** Compares on our own, and writes what there is to see. @throws CliError (1) when the sizes differ */
async function judge(
  photoBytes: Uint8Array,
  maskBytes: Uint8Array,
  resultBytes: Uint8Array,
  reach: number,
  folder: string,
) {
  const [{ compare }, { beforeAfter }, { decodeGrey, decodeRgb }] = await Promise.all([
    import("../demo/compare.ts"),
    import("../demo/before-after.ts"),
    import("../demo/raster.ts"),
  ]);
  const [photo, result, mask] = await Promise.all([
    decodeRgb(photoBytes),
    decodeRgb(resultBytes),
    decodeGrey(maskBytes),
  ]);
  for (const [name, { width, height }] of Object.entries({ result, mask }))
    if (width !== photo.width || height !== photo.height)
      throw new CliError(
        EXIT.failed,
        "size_changed",
        `The ${name} is ${width}×${height} px, the photo ${photo.width}×${photo.height}`,
      );
  const pictures = [join(folder, "result.png"), join(folder, "before-after.png")] as const;
  await mkdir(folder, { recursive: true });
  await writeFile(pictures[0], resultBytes);
  await writeFile(pictures[1], await beforeAfter(photo, result, mask));
  return { comparison: compare(photo, result, mask, reach), pictures };
}

function report(comparison: Comparison, edge: string, pictures: readonly string[], style: Styles): string {
  const { changed, changedOutside, pixels } = comparison;
  const verdict = `compared here: ${grouped(changed)} of ${grouped(pixels)} pixels changed in all, and ${grouped(changedOutside)} of them ${edge}`;
  const lines = [
    changedOutside === 0 ? style.green(verdict) : style.red(verdict),
    "",
    ...pictures.map((path) => `  ${style.bold(path)}`),
    "",
    "Next: npm start, then npx infill edit PHOTO --mask MASK --erase",
  ];
  return `${lines.join("\n")}\n`;
}
