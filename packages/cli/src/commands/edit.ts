import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { type Client, hasEnded } from "../api/client.ts";
import { ApiProblem } from "../api/problem.ts";
import type { InpaintBody, JobView } from "../api/types.ts";
import { uploadPictures } from "../api/upload.ts";
import { type Context, connect, printJson } from "../context.ts";
import { CliError, EXIT, interrupted, usageError } from "../exit.ts";
import { type OutputPlan, planOutputs, saveResult } from "../output/files.ts";
import { cost, describeJob, showing } from "../output/job.ts";
import { createProgress, type Progress, silent } from "../output/progress.ts";
import { styles } from "../output/style.ts";
import { bytes } from "../output/words.ts";
import { type EditFlags, inpaintBody, withEditOptions } from "./edit-options.ts";
import { inFlags } from "./edit-refusals.ts";
import { assetOf, chooseModel, defaultBase, readSource, type Source } from "./edit-sources.ts";

const HELP = `
PHOTO is a png, jpeg or webp file, an upload's id (ast_…) or an earlier result (job_… or job_…/1).

The result goes to PHOTO-edited.EXT beside the photo, with a number when that exists: nothing is
ever replaced unless you name it with --out and say --force. Its path is printed on stdout,
everything else on stderr. With --n above 1, names end in -0, -1, …

--provider-option values are read as JSON where they are true, false, a number or a "quoted text".

Ctrl-C cancels the job and says what it cost; a second one leaves at once. infill --help lists the
exit codes.

Examples:
  infill edit beach.jpg --mask mask.png --erase
  infill edit room.png -m sofa.png -p "a green velvet sofa" --model modelslab/inpaint -o green.png
  infill edit room.png -m sofa.png -p "a red sofa" --n 3 --seed 7 --json
  infill edit room.png -m sofa.png -p "a red sofa" --model stable-image,modelslab/inpaint
  infill edit job_… -m lamp.png --erase        go on from an earlier result`;

/** How long the end of a canceled job is waited for, seconds. */
const CANCEL_SECONDS = 5;

export function editCommand(program: Command, context: Context): void {
  withEditOptions(program.command("edit <photo>").summary("replace or erase what a mask shows in a photo"))
    .description("Replace or erase what a mask shows in a photo.")
    .addHelpText("after", HELP)
    .showHelpAfterError("npx infill edit --help tells more.")
    .action((photo: string, _: unknown, command: Command) => edit(context, photo, command.optsWithGlobals()));
}

/** One edit, from the files to the saved result. */
export async function edit(context: Context, photo: string, flags: EditFlags): Promise<void> {
  if (flags.erase === undefined && flags.prompt === undefined)
    throw usageError('Say what to do with the masked part: --prompt "what to paint there", or --erase');
  const { cwd } = context;
  const image = await readSource(photo, "photo", cwd);
  const mask = await readSource(flags.mask, "mask", cwd);
  const plan = planOutputs({
    out: flags.out,
    base: defaultBase(photo, image),
    count: flags.n ?? 1,
    force: flags.force ?? false,
    cwd,
  });
  if (plan.format !== undefined && flags.format !== undefined && plan.format !== flags.format)
    throw usageError(`--out ${flags.out} is a ${plan.format} by its name, but --format says ${flags.format}`);

  const client = connect(context, flags);
  const progress = flags.quiet || flags.json ? silent : createProgress(context.stderr);
  const signal = context.takeInterrupts();
  try {
    const { job, uploadMs } = await run(context, client, { image, mask, flags, plan, progress, signal });
    const files = job.status === "succeeded" ? await save(context, client, job, plan) : [];
    for (const line of describeJob(job, styles(context.stderr), uploadMs)) progress.say(line);
    if (job.status !== "succeeded") throw notSucceeded(job, uploadMs, progress !== silent);
    if (flags.json) printJson(context, { job, files, uploadMs });
    else context.stdout.write(files.map((file) => `${file}\n`).join(""));
  } finally {
    progress.end();
  }
}

interface Run {
  image: Source;
  mask: Source;
  flags: EditFlags;
  plan: OutputPlan;
  progress: Progress;
  signal: AbortSignal;
}

/** Uploads, asks for the edit and follows it to its end. Ctrl-C is answered wherever it comes. */
async function run(context: Context, client: Client, { image, mask, flags, plan, progress, signal }: Run) {
  let job: JobView | undefined;
  let asked = false;
  try {
    const operation = flags.erase ? "erase" : "replace";
    const model = await chooseModel(client, { model: flags.model, operation, prompt: flags.prompt }, signal);
    const outputFormat = flags.format ?? plan.format;
    if (image.kind === "file" || mask.kind === "file")
      await refuseInVain(client, inpaintBody(flags, { model, image: "", mask: "", outputFormat }), signal);
    const started = context.clock.now();
    const stored = await upload(client, [image, mask], progress, signal);
    const uploadMs = context.clock.now() - started;

    const body = inpaintBody(flags, {
      model,
      image: stored.image,
      mask: assetOf(stored.mask),
      outputFormat,
    });
    asked = true;
    job = await client.inpaint(body, flags.idempotencyKey ?? randomUUID(), signal);
    progress.say(`${job.id}  ${operation} with ${job.model}, ${cost(job)}`);
    signal.throwIfAborted();
    job = await client.follow(job, showing(progress), signal);
    return { job, uploadMs };
  } catch (error) {
    if (!signal.aborted || (job === undefined && error instanceof ApiProblem)) throw inFlags(error);
    progress.end();
    if (job !== undefined) throw await cancel(client, job);
    throw interrupted(
      asked
        ? "Stopped before the server answered; npx infill jobs tells whether the edit began."
        : "Stopped; nothing was asked for.",
    );
  }
}

/**
 * Asks whether the edit would be refused for what it asks, before its pictures are uploaded.
 * @throws ApiProblem the refusal
 */
async function refuseInVain(client: Client, body: InpaintBody, signal: AbortSignal): Promise<void> {
  const { image: _, mask: __, ...wish } = body;
  try {
    await client.estimate(wish, signal);
  } catch (error) {
    // an older API has no estimates: the edit itself tells
    if (!(error instanceof ApiProblem) || ![404, 405].includes(error.status)) throw error;
  }
}

async function upload(client: Client, [image, mask]: [Source, Source], progress: Progress, signal: AbortSignal) {
  const files = [
    ...(image.kind === "file" ? [{ picture: image.picture, purpose: "image" as const }] : []),
    ...(mask.kind === "file" ? [{ picture: mask.picture, purpose: "mask" as const }] : []),
  ];
  const total = files.reduce((sum, { picture }) => sum + picture.bytes.length, 0);
  const label = `uploading ${files.map(({ picture }) => picture.name).join(" and ")} (${bytes(total)})`;
  const show = (sent: number): void => progress.show(label, sent / total, bytes(sent));
  const ids = files.length === 0 ? [] : await uploadPictures(client, files, show, signal);
  const next = (source: Source) => (source.kind === "file" ? (ids.shift() ?? "") : source.reference);
  return { image: next(image), mask: next(mask) };
}

/** Cancels, and tells how it ended and what it cost. */
async function cancel(client: Client, job: JobView): Promise<CliError> {
  const now = await client.cancel(job.id, CANCEL_SECONDS);
  if (now.status === "succeeded")
    return interrupted(`${job.id} had finished already. Cost: ${cost(now)}. Fetch it: npx infill result ${job.id}`, {
      job: now,
    });
  if (!hasEnded(now))
    return interrupted(`${job.id} is being canceled, which takes a while; see npx infill jobs ${job.id}`, { job: now });
  return interrupted(`Canceled ${job.id}. Cost: ${cost(now)}.`, { job: now });
}

async function save(context: Context, client: Client, job: JobView, plan: OutputPlan): Promise<string[]> {
  const paths = plan.paths(job.results.map((result) => result.contentType));
  for (const [i, path] of paths.entries()) {
    if (job.results[i] === undefined) continue;
    const { bytes } = await client.download(job.id, i);
    const again = `npx infill result ${job.id} ${i}`;
    await saveResult(path, bytes, { cwd: context.cwd, force: plan.force, again });
  }
  return paths.slice(0, job.results.length);
}

/** The last line of an edit that failed, or that someone else canceled. @param told whether the job was shown, and why */
function notSucceeded(job: JobView, uploadMs: number, told: boolean): CliError {
  const { code = job.status, detail = "it was canceled", retryable = false } = job.error ?? {};
  const why = told && job.error !== undefined ? "" : `: ${detail}`;
  const message = `The edit did not succeed${why}.${retryable ? " Trying again may help." : ""}`;
  return new CliError(EXIT.failed, code, message.replace(/\.\./, "."), { job, files: [], uploadMs });
}
