import type { EditSettings } from "./image.ts";
import type { Job } from "./job.ts";
import type { Objects } from "./ports.ts";

/** Seconds for which the addresses of a question's pictures work: whoever looks at them by hand is too late. */
const LINK_SECONDS = 600;

/** A picture that the operator's moderation may look at. */
export interface ShownPicture {
  /** Signed, for ten minutes. */
  url: string;
  contentType: string;
  /** Upright, px. */
  width: number;
  height: number;
}

/** What the operator's moderation is told of an edit, before anybody else is told of it. */
export interface ModerationQuestion {
  job: string;
  tenant: string;
  user?: string;
  /** Every model that it may be sent to, in this order; the later ones by the names that were asked for. */
  models: string[];
  operation: "replace" | "erase";
  /** What was asked for, also what the first of the models does not take. */
  prompt?: string;
  negativePrompt?: string;
  /** How many results are wanted. */
  n: number;
  metadata: Record<string, string>;
  /** The model's own options; what they name of uploads is in `references`. */
  providerOptions: Record<string, unknown>;
  image: ShownPicture;
  mask: ShownPicture;
  /** How the mask is read, and what is made of it: of `white`, white is what is edited. */
  edit: EditSettings;
  /** Pictures that the model's own options name, by option. */
  references: Record<string, ShownPicture[]>;
}

export interface Verdict {
  allow: boolean;
  /** Why not, for the caller to read. */
  reason?: string;
}

/** What the operator has to say on what may be made. */
export interface Moderation {
  /** Rejects where there is no answer to go by: it was lost, late, or is none. */
  ask(question: ModerationQuestion, signal: AbortSignal): Promise<Verdict>;
  /** What becomes of an edit about which nobody answers. */
  onFailure: "refuse" | "allow";
}

/** The question about a job. */
export async function questionAbout(objects: Pick<Objects, "signDownload">, job: Job): Promise<ModerationQuestion> {
  const { prompt, negativePrompt, n, providerOptions } = job.route?.asked ?? job.request;
  const { model, operation, metadata, edit } = job.request;
  const show = async ({ key, contentType, width, height }: Job["image"]): Promise<ShownPicture> => ({
    url: await objects.signDownload({ key, contentType, expiresInSeconds: LINK_SECONDS }),
    contentType,
    width,
    height,
  });
  const [image, mask] = await Promise.all([show(job.image), show(job.mask)]);
  const references: ModerationQuestion["references"] = {};
  for (const [option, pictures] of Object.entries(job.references ?? {}))
    references[option] = await Promise.all(pictures.map(show));
  return {
    job: job.id,
    tenant: job.tenant,
    ...(job.user === undefined ? {} : { user: job.user }),
    models: [model, ...(job.route?.left ?? [])],
    operation,
    ...(prompt === undefined ? {} : { prompt }),
    ...(negativePrompt === undefined ? {} : { negativePrompt }),
    n,
    metadata,
    providerOptions,
    image,
    mask,
    edit,
    references,
  };
}
