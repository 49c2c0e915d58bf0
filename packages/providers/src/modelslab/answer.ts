import * as z from "zod";

/** What ModelsLab said, whatever its spelling: submit, fetch and callback share the shape. */
export interface VendorAnswer {
  state: "success" | "processing" | "refused" | "unknown";
  id?: string;
  etaSeconds?: number;
  /** Where each picture can be read, best first; empty when none is ready. */
  pictures: string[][];
  /** Where pictures will be, once it is done. */
  futurePictures: string[][];
  flaggedUnsafe: boolean;
  /** The vendor's words, raw: clean before use. */
  text: string;
  retryAfterSeconds?: number;
  fetchUrl?: string;
}

const Anything = z.unknown().optional();

/** Wide enough for any id seen, narrow enough to stand in a path. */
const Id = z
  .union([z.string(), z.int()])
  .transform(String)
  .pipe(z.string().regex(/^[\w-]{1,128}$/));

const Seconds = z.coerce.number().nonnegative().max(86_400);

/** A link, several, or an object of them by index; `""` stands for none. */
const Links = Anything.transform((value): string[] => {
  const list = typeof value === "object" && value !== null ? Object.values(value) : [value];
  return list.filter((link): link is string => typeof link === "string" && link.trim() !== "");
});

const Truth = Anything.transform((value) => [true, 1, "1", "true", "yes"].some((truth) => truth === value));

const Body = z.object({
  status: z.string().toLowerCase().catch(""),
  id: Id.optional().catch(undefined),
  eta: Seconds.optional().catch(undefined),
  output: Links,
  proxy_links: Links,
  future_links: Links,
  fetch_result: z.string().optional().catch(undefined),
  nsfw_content_detected: Truth,
  message: Anything,
  messege: Anything,
  tip: Anything,
  tips: Anything,
  retry_after: Seconds.optional().catch(undefined),
});

const STATES: Record<string, VendorAnswer["state"]> = {
  success: "success",
  processing: "processing",
  error: "refused",
  failed: "refused",
};

/** Reads any value at all; what is not an answer has the state `unknown`. */
export function readAnswer(body: unknown): VendorAnswer {
  const parsed = Body.safeParse(body);
  if (!parsed.success) {
    return { state: "unknown", pictures: [], futurePictures: [], flaggedUnsafe: false, text: "" };
  }
  const { status, id, eta, output, proxy_links, future_links, fetch_result, retry_after, ...rest } = parsed.data;
  return {
    state: STATES[status] ?? "unknown",
    ...(id === undefined ? {} : { id }),
    ...(eta === undefined ? {} : { etaSeconds: eta }),
    pictures: transpose(output.length > 0 || proxy_links.length > 0 ? [output, proxy_links, future_links] : []),
    futurePictures: transpose([future_links]),
    flaggedUnsafe: rest.nsfw_content_detected,
    text: [rest.message ?? rest.messege, rest.tip ?? rest.tips].map(flatten).filter(Boolean).join(" "),
    ...(retry_after === undefined ? {} : { retryAfterSeconds: retry_after }),
    ...(fetch_result === undefined ? {} : { fetchUrl: fetch_result }),
  };
}

/** `[[a0, a1], [b0, b1]]` → `[[a0, b0], [a1, b1]]`: from lists of links to the places of each picture. */
const transpose = (lists: string[][]): string[][] => {
  const count = lists.find((list) => list.length > 0)?.length ?? 0;
  return Array.from({ length: count }, (_, index) => lists.flatMap((list) => list[index] ?? []));
};

/** Text of a string, or of an object of arrays such as `{"prompt": ["The prompt field is required."]}`. */
function flatten(value: unknown, depth = 0): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null || depth > 2) return "";
  if (Array.isArray(value)) return value.map((item) => flatten(item, depth + 1)).join(" ");
  return Object.entries(value)
    .map(([field, problem]) => `${field}: ${flatten(problem, depth + 1)}`)
    .join("; ");
}
