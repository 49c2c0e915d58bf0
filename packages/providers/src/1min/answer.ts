import * as z from "zod";

/** What 1min.ai said of some work, at whichever of its doors; nothing of the account it also tells of. */
export interface VendorAnswer {
  /** `absent`: it knows of no such work. `unknown`: not an answer. */
  state: "success" | "processing" | "failure" | "absent" | "unknown";
  /** The record's uuid. */
  id?: string;
  /** Where each picture can be read, best first. */
  pictures: string[][];
  /** Its moderation let none of the pictures through. */
  withheld: boolean;
  /** Why the work failed, raw: clean before use. */
  text: string;
}

const Text = z.string().min(1).optional().catch(undefined);
/** A list of texts, or a lone one. */
const Texts = z
  .unknown()
  .optional()
  .transform((value) => [value].flat().filter((text): text is string => typeof text === "string" && text !== ""));

const Picture = z.object({ url: Text, is_image_safe: z.boolean().optional().catch(undefined) }).catch({});

const Detail = z.object({
  resultObject: Texts,
  responseObject: z.object({ data: z.array(Picture).catch([]) }).catch({ data: [] }),
});

const AiRecord = z.object({
  // narrow enough to stand in a path
  uuid: z
    .string()
    .regex(/^[\w-]{1,128}$/)
    .optional()
    .catch(undefined),
  status: z.string().toUpperCase(),
  temporaryUrl: Text,
  aiRecordDetail: Detail.catch({ resultObject: [], responseObject: { data: [] } }),
});
type AiRecord = z.infer<typeof AiRecord>;

/** The record, wrapped or bare; the link to its picture stands inside it or beside it. */
const Body = z.union([
  z
    .object({ aiRecord: AiRecord.nullable(), temporaryUrl: Text })
    .transform(({ aiRecord, temporaryUrl }): AiRecord | null => aiRecord && { temporaryUrl, ...aiRecord }),
  AiRecord,
]);

const nothing = { pictures: [], withheld: false, text: "" };

/**
 * Reads any value at all.
 * @param assetBase where a picture without a link of its own may lie, without a slash at the end
 */
export function readAnswer(body: unknown, assetBase: string): VendorAnswer {
  const parsed = Body.safeParse(body);
  if (!parsed.success) return { state: "unknown", ...nothing };
  const record = parsed.data;
  if (record === null) return { state: "absent", ...nothing };
  const { uuid, status, aiRecordDetail } = record;
  const id = uuid === undefined ? {} : { id: uuid };
  switch (status) {
    case "SUCCESS":
      return { state: "success", ...id, ...picturesOf(record, assetBase), text: "" };
    case "FAILURE":
      // the reason stands where the pictures would: seen, not documented
      return { state: "failure", ...id, ...nothing, text: aiRecordDetail.resultObject.join(" ") };
    default:
      // a record that has not ended, by whatever word, is under way
      return { state: "processing", ...id, ...nothing };
  }
}

/**
 * The pictures that moderation let through, and where each may be. A link is documented for the first alone
 * (`temporaryUrl`), and for what the maker's own answer names (`responseObject.data[].url`). Of the others the
 * vendor tells the asset key only: how to read it is not documented, so the two likely places are tried.
 */
function picturesOf(
  { temporaryUrl, aiRecordDetail }: AiRecord,
  assetBase: string,
): Pick<VendorAnswer, "pictures" | "withheld"> {
  const { resultObject: keys, responseObject } = aiRecordDetail;
  const { data } = responseObject;
  const safe = data.filter(({ is_image_safe }) => is_image_safe !== false);
  const count = keys.length || data.length || (temporaryUrl === undefined ? 0 : 1);
  if (data.length > 0 && safe.length === 0) return { pictures: [], withheld: true };
  // unsafe pictures may be left out of the keys or not
  const told = [data, safe].find(({ length }) => length === count) ?? [];

  const placesOf = (index: number): string[] => {
    const key = keys[index];
    const given = [key, index === 0 ? temporaryUrl : undefined, told[index]?.url].filter(isLink);
    if (given.length > 0 || key === undefined) return given;
    const path = encodeURI(key.replace(/^\/+/, ""));
    return [...besides(temporaryUrl, keys[0], path), `${assetBase}/${path}`];
  };
  const pictures = Array.from({ length: count }, (_, index) => index)
    .filter((index) => told[index]?.is_image_safe !== false)
    .map(placesOf);
  return { pictures, withheld: false };
}

const isLink = (place: string | undefined): place is string => place !== undefined && /^https?:\/\//i.test(place);

/** Beside the first picture, in the same bucket; without a signature, for that of the first is for the first alone. */
function besides(temporaryUrl: string | undefined, firstKey: string | undefined, path: string): string[] {
  const link = temporaryUrl === undefined ? null : URL.parse(temporaryUrl);
  if (link === null || firstKey === undefined) return [];
  const tail = `/${encodeURI(firstKey.replace(/^\/+/, ""))}`;
  return link.pathname.endsWith(tail) ? [`${link.origin}${link.pathname.slice(0, -tail.length)}/${path}`] : [];
}
