import {
  type Asset,
  type Caller,
  canonicalJson,
  createInpaint,
  dropUpload,
  InfillError,
  type InpaintInput,
  type Job,
  joinInpaint,
  refuseForbidden,
  replayKey,
  sha256Hex,
  storeUpload,
  type WebhookFormat,
} from "@infill/core";
import type { CompatDeps } from "./context.ts";

/**
 * A picture that came with the request, or the id of one that was uploaded before – with its content's hash
 * where that is to tell requests apart: a client that begins anew uploads anew.
 */
export type Picture = { bytes: Uint8Array } | { asset: string; sha256?: string };

/** What can be edited: also a result of an earlier job. */
export type Editable = Picture | { job: string; result: number };

/** An edit as another format asks for it, decoded. */
export interface Asked {
  /** Whose words it was in: the same picture and text in another format is another request. */
  format: string;
  request: Omit<InpaintInput, "image" | "mask">;
  image: Editable;
  /** The very picture in `image` where that brings its own mask along. */
  mask: Picture;
  /** What that format's answers repeat of the request. */
  words?: string;
  /** In whose words its webhook is told. */
  webhookFormat?: WebhookFormat | undefined;
}

/** A job, and what to call once its end was handed over. */
export interface Taken {
  job: Job;
  delivered(): Promise<void>;
}

/**
 * Makes the job that is asked for, as `POST /v1/inpaint` would, or joins the one that an earlier attempt
 * made. What tells two requests apart is what they decode to, never their bytes: a client that tries
 * again sends another multipart boundary.
 *
 * @param again `idempotencyKey`: as in the native API; `retrying`: the client says so
 * @throws InfillError naming what is wrong
 */
export async function askForEdit(
  deps: CompatDeps,
  caller: Caller,
  { format, request, image, mask, words, webhookFormat }: Asked,
  again: { idempotencyKey: string | undefined; retrying: boolean },
): Promise<Taken> {
  const { namespace } = deps;
  const { tenant, subject } = caller;
  const [photo, holes] = [identityOf(image), identityOf(mask)];
  // what tells a client's own pieces of work apart does so here
  const { trackId } = webhookFormat ?? {};
  const fingerprint = sha256Hex(canonicalJson({ format, namespace, tenant, subject, request, photo, holes, trackId }));
  const key = again.idempotencyKey ?? (await replayKey(deps, caller, { fingerprint, retrying: again.retrying }));
  const delivered = async (): Promise<void> => {
    if (again.idempotencyKey === undefined) await deps.records.deliverReplay(fingerprint, key, deps.clock.now());
  };

  // before a picture is stored once more
  const earlier = await joinInpaint(deps, caller, key, fingerprint);
  if (earlier !== undefined) return { job: earlier, delivered };

  await refuseForbidden(deps, caller, request);
  const stored: Asset[] = [];
  const keep = async (picture: Picture, purpose: "image" | "mask"): Promise<string> => {
    if ("asset" in picture) return picture.asset;
    const asset = await storeUpload(deps, caller, { purpose, bytes: picture.bytes });
    stored.push(asset);
    return asset.id;
  };
  const imageId = "job" in image ? image : keep(image, "image");
  const ids = [imageId, mask === image ? imageId : keep(mask, "mask")];
  /** Of what was stored, what no job works with. */
  const drop = async (job?: Job): Promise<void> => {
    await Promise.allSettled(ids);
    const unused = stored.filter(({ key }) => key !== job?.image.key && key !== job?.mask.key);
    await Promise.all(unused.map((each) => dropUpload(deps, each)));
  };
  try {
    const [photoId, maskId] = await Promise.all(ids);
    const body = { ...request, image: photoId, mask: maskId };
    const { job } = await createInpaint(deps, caller, body, key, { fingerprint, webhookFormat, words });
    await drop(job);
    return { job, delivered };
  } catch (error) {
    // what broke may have broken after the job was made
    if (error instanceof InfillError && error.code !== "internal") await drop();
    throw error;
  }
}

function identityOf(picture: Editable): string {
  if ("bytes" in picture) return sha256Hex(picture.bytes);
  return "job" in picture ? `${picture.job}/${picture.result}` : (picture.sha256 ?? picture.asset);
}
