import { assetIdFor, type Caller, checkPicture, InfillError, isId, storeUpload, uuidOf } from "@infill/core";
import { MultipartParseError, parseMultipartRequest } from "@remix-run/multipart-parser";
import { Hono } from "hono";
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
 * The upload that a path stands for: one of ours, with or without what is before it, or an upload's own id.
 * Nothing else is fetched.
 */
export function assetOf(caller: Caller, path: string): string {
  if (isId("ast", path)) return path;
  const { pathname } = URL.parse(path) ?? { pathname: path };
  return assetIdFor({ tenant: caller.tenant, name: pathname.replace(/^\/+/, "") });
}
