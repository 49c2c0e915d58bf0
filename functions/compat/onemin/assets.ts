import {
  assetIdFor,
  type Caller,
  checkPicture,
  countUploads,
  InfillError,
  isId,
  isLinkTo,
  isOwn,
  openResultLink,
  storeUpload,
  uuidOf,
} from "@infill/core";
import { MultipartParseError, parseMultipartRequest } from "@remix-run/multipart-parser";
import { Hono } from "hono";
import type { Editable } from "../ask.ts";
import type { CompatDeps, CompatEnv } from "../context.ts";
import { MissingFields } from "./errors.ts";

const FOLDER = "development/images/";
const EXTENSION = /\.(png|jpe?g|webp)$/i;

/** `POST /api/assets`: one picture in the field `asset`, named by the path that the answer gives it. */
export const assetRoutes = (deps: CompatDeps) =>
  new Hono<CompatEnv>().post("/", async (c) => {
    const { filename, bytes } = await readAsset(c.req.raw, deps.maxBodyBytes);
    if (!EXTENSION.test(filename))
      throw new InfillError(
        "asset_invalid",
        `The file type of ${JSON.stringify(filename)} isn't supported: its name must end in .png, .jpg, .jpeg or .webp`,
      );
    const { contentType } = checkPicture({ purpose: "image", bytes });
    await countUploads(deps, c.get("caller"), 1);
    const path = pathFor(filename, deps.clock.now(), deps.ids.secret());
    const { tenant } = c.get("caller");
    const asset = await storeUpload(deps, c.get("caller"), {
      purpose: "image",
      bytes,
      id: assetIdFor({ tenant, name: path }),
    });
    return c.json({
      asset: {
        fieldname: "asset",
        originalname: filename,
        encoding: "7bit",
        mimetype: contentType,
        size: bytes.length,
        bucket: "infill",
        key: path,
        acl: "private",
        contentType,
        location: `${new URL(c.req.url).origin}/${path}`,
        etag: `"${asset.sha256 ?? ""}"`,
      },
      fileContent: {
        uuid: uuidOf(asset.id),
        path,
        type: "IMAGE",
        name: filename,
        createdAt: new Date(asset.createdAt).toISOString(),
      },
    });
  });

async function readAsset(request: Request, maxBytes: number): Promise<{ filename: string; bytes: Uint8Array }> {
  if (!/^multipart\/form-data\b/i.test(request.headers.get("content-type") ?? ""))
    throw new InfillError("invalid_request", "Send multipart/form-data with one file in the field asset", {
      status: 415,
    });
  try {
    const limits = { maxFileSize: maxBytes, maxTotalSize: maxBytes, maxParts: 16 };
    for await (const part of parseMultipartRequest(request, limits))
      if (part.name === "asset" && part.isFile) return { filename: part.filename ?? "", bytes: part.bytes };
  } catch (error) {
    if (!(error instanceof MultipartParseError)) throw error;
    throw new InfillError("invalid_request", `The multipart body cannot be read: ${error.message}`);
  }
  throw new MissingFields(["asset"]);
}

/** `2026_11_25_22_10_04_120_kJ3f_cat.png`: when, something of its own, and what it was called. */
function pathFor(filename: string, now: number, random: string): string {
  const moment = new Date(now)
    .toISOString()
    .replace(/[-:.T]/g, "_")
    .slice(0, -1);
  const name = filename.replace(/[^\w.-]+/g, "_").slice(-80);
  return `${FOLDER}${moment}_${random.slice(0, 8).replaceAll("-", "_")}_${name}`;
}

/**
 * The id of the upload that a path stands for: one of ours, with or without what is before it, or an upload's
 * own id. Nothing else is fetched.
 */
function assetIdOf(caller: Caller, path: string): string {
  if (isId("ast", path)) return path;
  return assetIdFor({ tenant: caller.tenant, name: pathOf(path) });
}

const pathOf = (place: string): string => (URL.parse(place)?.pathname ?? place).replace(/^\/+/, "");

/**
 * The caller's upload that a field names. Its content tells requests apart, where that is known: a client that
 * begins anew uploads anew, and gets another path.
 * @param field its name, for whoever must mend it
 * @param maxBytes the most that the model's table takes
 * @throws InfillError `asset_missing`, or `asset_invalid` for one that is too large
 */
export async function assetOf(
  deps: Pick<CompatDeps, "records" | "links" | "clock">,
  caller: Caller,
  { field, path, maxBytes = Number.POSITIVE_INFINITY }: { field: string; path: string; maxBytes?: number | undefined },
): Promise<{ asset: string; sha256?: string }> {
  const pointer = `/${field}`;
  if ((await resultOf(deps, path)) !== undefined)
    throw new InfillError("asset_invalid", `${field} must be an upload, and this is a result: upload it first`, {
      pointer,
    });
  const asset = await deps.records.getAsset(assetIdOf(caller, path));
  if (asset === undefined || !isOwn(caller, asset))
    throw new InfillError(
      "asset_missing",
      `${field}: there is no asset ${JSON.stringify(path)}; upload it with POST /api/assets, an upload is kept for a day`,
      { pointer },
    );
  if (asset.contentLength > maxBytes)
    throw new InfillError(
      "asset_invalid",
      `${field}: the picture has ${asset.contentLength} bytes; at most ${maxBytes} are allowed`,
      { pointer },
    );
  return { asset: asset.id, ...(asset.sha256 === undefined ? {} : { sha256: asset.sha256 }) };
}

/** What is to be edited: an upload, or a result of an earlier edit by its path or its link. */
export const photoOf = async (
  deps: Parameters<typeof assetOf>[0],
  caller: Caller,
  named: Parameters<typeof assetOf>[2],
): Promise<Editable> => (await resultOf(deps, named.path)) ?? assetOf(deps, caller, named);

/** The result that one of our links names; a job of somebody else's is refused as one that there is not. */
async function resultOf(
  { records, links, clock }: Pick<CompatDeps, "records" | "links" | "clock">,
  place: string,
): Promise<Editable | undefined> {
  const [, token] = /^r\/([\w.-]+)$/.exec(pathOf(place)) ?? [];
  const opened = token === undefined ? undefined : openResultLink(links.keyring, token, clock.now());
  const job = opened && (await records.getJob(opened.jobId));
  return job && isLinkTo(job, opened) ? { job: job.id, result: opened.index } : undefined;
}
