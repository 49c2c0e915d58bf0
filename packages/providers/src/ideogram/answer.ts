import type { ProviderFailure } from "@infill/core";
import * as z from "zod";
import type { JsonAnswer } from "../http.ts";
import {
  failedWork,
  promptRefused,
  type Refusal,
  refusedSubmit,
  resultWithheld,
  unclear,
  waiting,
} from "../verdict.ts";

export const VENDOR = "Ideogram";

/** It counts pictures in progress, frees a place when one is done, and says no time: about one picture's. */
const SECONDS_A_PICTURE = 10;

/** What it repeats of a prompt – its own rewording of it – is not even read. */
const finished = z.object({
  data: z.array(
    z.object({
      url: z.string().nullish().catch(undefined),
      is_image_safe: z.boolean().optional().catch(undefined),
    }),
  ),
});

const reason = z.union([
  z.string(),
  z.object({ message: z.string() }).transform(({ message }) => message),
  z
    .array(z.object({ msg: z.string() }))
    .min(1)
    .transform((all) => all.map(({ msg }) => msg).join("; ")),
]);
const refused = z.object({
  error: reason.optional().catch(undefined),
  detail: reason.optional().catch(undefined),
  message: reason.optional().catch(undefined),
});

/**
 * The links of an answered submit. Of several pictures, those that its safety check withheld are left out.
 *
 * By the vendor's page on errors and billing, what it rejects before it runs is not billed, and what ran
 * is, also where the picture is withheld.
 * @param hide what must not come back in a message
 * @param now ms since the epoch
 * @throws ProviderFailure for any answer without a picture
 */
export function linksOf({ status, headers, body }: JsonAnswer, hide: readonly string[], now: number): string[] {
  if (status !== 200) throw verdict({ vendor: VENDOR, status, headers, hide, now, text: wordsOf(body) });
  const answer = finished.safeParse(body).data;
  if (answer === undefined) throw unclear(VENDOR, status);
  const links = answer.data.flatMap(({ url, is_image_safe }) => (url && is_image_safe !== false ? [url] : []));
  if (links.length > 0) return links;
  if (answer.data.some(({ is_image_safe }) => is_image_safe === false)) throw resultWithheld(VENDOR, "yes");
  throw failedWork({ vendor: VENDOR, text: "it answered without a picture", hide });
}

/** 422 is the safety check's, of the prompt and of the pictures sent; the rest means what it usually does. */
function verdict(refusal: Refusal): ProviderFailure {
  if (refusal.status === 422) return promptRefused(refusal);
  return refusedSubmit(refusal.status === 429 ? waiting(refusal, SECONDS_A_PICTURE) : refusal);
}

/** `{error}` is documented for 422, 402 and 429 alone; a 400 may look like anything. */
export function wordsOf(body: unknown): string {
  if (typeof body === "string") return body;
  const { error, detail, message } = refused.safeParse(body).data ?? {};
  return error ?? detail ?? message ?? "";
}
