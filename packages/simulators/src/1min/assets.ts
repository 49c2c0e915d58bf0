import { type FormFile, readForm } from "../forms.ts";
import { openPicture } from "../pictures.ts";
import type { LoggedRequest } from "../request-log.ts";
import { type Answer, type Exchange, json } from "../server.ts";
import type { VendorCore } from "../vendor.ts";
import type { OneMinBehaviour } from "./behaviour.ts";
import { REFUSALS } from "./refusals.ts";
import type { OneMinWork } from "./work.ts";

const BUCKET = "asset.1min.ai";

/** What was uploaded, by its key and by its absolute address. */
export type Assets = Map<unknown, Uint8Array>;

/** `POST /api/assets`: one file under `asset`, whose name must end in what it is. */
export async function takeUpload(
  exchange: Exchange,
  entry: LoggedRequest,
  { log, time, rulebook, random }: VendorCore<OneMinBehaviour, OneMinWork>,
  assets: Assets,
): Promise<Answer> {
  const form = await readForm(exchange);
  log.read(entry, form?.shown);
  const [file] = form?.files("asset") ?? [];
  const { upload = "path" } = rulebook.standard;
  if (upload in REFUSALS) return REFUSALS[upload as keyof typeof REFUSALS]();
  if (file === undefined) return json({ message: "asset is required" }, 400);
  if (!/\.(png|jpe?g|webp)$/.test(file.name) || !(await isPicture(file)))
    return json({ message: "This file type isn't supported." }, 400);

  const stamp = new Date(time.now())
    .toISOString()
    .replace(/[-:.T]/g, "_")
    .replace("Z", "");
  const key = `development/images/${stamp}_${file.name}`;
  const location = `https://s3.us-east-1.amazonaws.com/${BUCKET}/${key}`;
  assets.set(key, file.bytes);
  assets.set(location, file.bytes);
  const asset = {
    fieldname: "asset",
    originalname: file.name,
    encoding: "7bit",
    mimetype: file.type,
    size: file.bytes.length,
    bucket: BUCKET,
    key,
    acl: "private",
    location,
    etag: '"0"',
  };
  const fileContent = { uuid: random.uuid(), path: key, type: "IMAGE", name: file.name };
  switch (upload) {
    case "key":
      return json({ asset });
    case "location":
      return json({ asset: { location } });
    case "nothing":
      return json({});
    default:
      return json({ asset, fileContent });
  }
}

const isPicture = ({ bytes }: FormFile): Promise<boolean> =>
  openPicture(bytes).then(
    () => true,
    () => false,
  );
