import { type EditPlan, type Finished, InfillError, type OutputFormat, type Pixels, type Rect } from "@infill/core";
import { answerOver, decodeAnswer } from "./answer.ts";
import { toOwnColours } from "./colour.ts";
import { decode } from "./decode.ts";
import { type Edit, readEdit } from "./edit.ts";
import { encode } from "./encode.ts";
import { compareOutside, measureDrift } from "./fidelity.ts";
import { inspect, OWN } from "./inspect.ts";
import { pasteBack } from "./paste-back.ts";
import { cutOut, putIn, release } from "./raster.ts";
import { workMask } from "./render.ts";

const CONTENT_TYPE = { png: "image/png", jpeg: "image/jpeg", webp: "image/webp" } as const satisfies Record<
  OutputFormat,
  string
>;

/** See the port `Pixels.finish`. `scratch`: folder for files that live as long as the call. */
export async function finish(input: Parameters<Pixels["finish"]>[0], scratch: string): Promise<Finished> {
  const { plan, outputFormat, signal } = input;
  const answer = await decodeAnswer(input.answer, plan.work);
  signal?.throwIfAborted();
  const [edit, sent] = await Promise.all([readEdit(input, plan.settings), decodeAnswer(input.sent, plan.work)]);
  signal?.throwIfAborted();
  requireSamePictures(edit, plan);

  const { photo, pixels, alpha } = edit;
  const providerDrift = measureDrift(sent, answer, await workMask(alpha, plan, false));
  signal?.throwIfAborted();

  const over = await answerOver(answer, plan, alpha.area);
  const edited = await toOwnColours(over, pixels.channels, photo.colours, scratch);
  signal?.throwIfAborted();

  // Pasted in place, and undone once encoded: the photo is in memory once.
  const before = cutOut(pixels, alpha.area);
  pasteBack(pixels, edited, alpha, edit.ownMask);
  release(sent.data, answer.data, over.data, edited.data);
  const bytes = await encode(pixels, photo.profile, outputFormat, input.outputQuality);
  putIn(pixels, before, alpha.area);
  signal?.throwIfAborted();

  const result = await decode(await inspect(bytes, OWN));
  const { width, height } = result;
  const fidelity = { ...compareOutside(pixels, result, alpha), providerDrift, crop: plan.crop };
  release(pixels.data, alpha.data, before.data, result.data);
  return { bytes, contentType: CONTENT_TYPE[outputFormat], width, height, fidelity };
}

/** A plan is for one photo and one mask; another pair would be pasted over where nothing was generated. */
function requireSamePictures({ photo, alpha }: Edit, plan: EditPlan): void {
  const same = photo.size.width === plan.photo.width && photo.size.height === plan.photo.height;
  if (same && contains(plan.crop, alpha.area)) return;
  throw new InfillError("internal", "The photo or the mask is not the one that the edit was planned for.", {
    retryable: false,
    details: { photo: photo.size, planned: plan.photo, edited: alpha.area, crop: plan.crop },
  });
}

const contains = (outer: Rect, inner: Rect) =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;
