import { InfillError } from "../errors.ts";
import type { Job } from "../job.ts";
import type { ModelRecord } from "../model.ts";
import type { Moderation } from "../moderation.ts";
import type { Catalogue, Clock, Engine, Ids, Log, Objects, Pixels, Providers, Records } from "../ports.ts";
import type { Provider } from "../provider.ts";

export interface WorkflowDeps {
  records: Records;
  objects: Objects;
  engine: Engine;
  catalogue: Catalogue;
  providers: Providers;
  /** Loaded when a step first needs it: a job that waits for a callback needs no pixels. */
  pixels: () => Promise<Pixels>;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** Where a provider may call back about a job; `undefined` where nobody outside can reach us. */
  callbackUrl: (provider: string, jobId: string, attempt: number, deadlineAt: number) => string | undefined;
  /** Asked before anything of an edit is sent anywhere; `undefined` where the operator has none. */
  moderation?: Moderation | undefined;
  /** What a vendor is told an end user by, which does not name them. */
  endUser: (tenant: string, user: string) => string;
}

/** The model of a job and the provider that serves it now. @throws InfillError `provider_unavailable` */
export function servedBy(deps: WorkflowDeps, job: Job): { model: ModelRecord; provider: Provider } {
  const model = deps.catalogue.model(job.request.model);
  const provider = providerOf(deps, job);
  if (model === undefined || provider === undefined) throw notConfigured(job);
  return { model, provider };
}

/** Its model, or the key of who serves it, went away since the job was made. */
export const notConfigured = ({ request }: Job): InfillError =>
  new InfillError("provider_unavailable", `${request.model} is not configured any more; choose another model`, {
    retryable: false,
  });

/** The provider that serves a job now, unless its key went away since. */
export const providerOf = (deps: WorkflowDeps, job: Job): Provider | undefined => {
  const model = deps.catalogue.model(job.request.model);
  return model && deps.providers.get(model.provider);
};

/** Whether the operator is yet to be asked about a job. */
export const isUnmoderated = ({ moderation }: WorkflowDeps, job: Job): boolean =>
  moderation !== undefined && job.moderation === undefined;

/** The photo of a job, as it was when the job was made. @throws InfillError `asset_missing` */
export const readPhoto = ({ objects }: Pick<WorkflowDeps, "objects">, { id, image }: Job): Promise<Uint8Array> =>
  // its own copy is nobody else's to change, and has another tag
  objects.read(image.key, image.key === workKeys(id).photo ? undefined : image.etag);

/** Storage keys of the pictures on the way to and from a provider. */
export const workKeys = (jobId: string) => ({
  prefix: `w/${jobId}/`,
  photo: `w/${jobId}/photo`,
  image: `w/${jobId}/image.png`,
  mask: `w/${jobId}/mask.png`,
  preview: `w/${jobId}/preview.png`,
  output: (attempt: number, index: number) => `w/${jobId}/output-${attempt}-${index}`,
});
