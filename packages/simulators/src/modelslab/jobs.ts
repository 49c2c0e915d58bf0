import type { Changes } from "../changes.ts";
import { paint, paintBlank } from "../paint.ts";
import { type Picture, PictureError } from "../pictures.ts";
import type { Random } from "../random.ts";
import type { Time } from "../time.ts";
import type { Behaviour, FetchStep } from "./behaviour.ts";
import { type LinkStore, linkFaults } from "./links.ts";
import type { Submit } from "./submit.ts";

export interface Photographed {
  photo: Picture;
  mask: Picture;
}

/** Work that was taken, and paid for. */
export interface Job {
  readonly id: string | number;
  readonly submit: Submit;
  readonly behaviour: Behaviour;
  readonly filePrefix: string;
  /** The request's, or one drawn for it. */
  readonly seed: number;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly etaSeconds: number;
  /** Calls that the vendor charges for this job: one, however it ends. */
  readonly billed: number;
  state: "processing" | "success" | "failed" | "error";
  finishedAt?: number;
  failure?: string;
  /** The safety checker looked and replaced the pictures. */
  flagged: boolean;
  /** Photo and mask, once they were downloaded. */
  received?: Photographed;
  /** The finished PNGs, until their links expire. */
  pictures: Uint8Array[];
  /** What the next fetches get instead of the truth. */
  readonly fetchSteps: FetchStep[];
}

export interface JobsOptions {
  time: Time;
  random: Random;
  ids: "int" | "string";
  /** How long the links of a result live, in seconds. */
  linkSeconds: number;
  /** The id of the first job. */
  firstId: number;
  links: LinkStore;
  changes: Changes;
  /** Gets both pictures. @throws PictureError, SizeMismatch */
  photograph(submit: Submit): Promise<Photographed>;
  /** Called once the job has ended and can be fetched. */
  onEnd(job: Job): void;
}

export interface Jobs {
  readonly all: readonly Job[];
  find(id: string): Job | undefined;
  /** Unfinished jobs of one key. */
  queued(key: string): number;
  accept(submit: Submit, behaviour: Behaviour, pictures: Photographed | undefined): Job;
  /** Does the work and ends the job; a second call waits for the first. */
  end(job: Job): Promise<void>;
}

export function createJobs({
  time,
  random,
  ids,
  firstId,
  linkSeconds,
  links,
  changes,
  photograph,
  onEnd,
}: JobsOptions): Jobs {
  const all: Job[] = [];
  const endings = new Map<Job, Promise<void>>();
  let lastId = firstId - 1;

  async function work(job: Job): Promise<Uint8Array[]> {
    const { submit, behaviour } = job;
    if (behaviour.outcome === "failed" || behaviour.outcome === "error") {
      throw new Error(behaviour.failure ?? `Something went wrong while generating the image: ${job.submit.prompt}`);
    }
    job.received ??= await photograph(submit);
    const { photo, mask } = job.received;
    if (behaviour.outcome === "empty") return [];
    job.flagged = behaviour.outcome === "nsfw" && submit.safetyChecker;
    const { width, height, prompt } = submit;
    if (job.flagged) return await Promise.all(Array.from({ length: submit.samples }, () => paintBlank(width, height)));
    const pictures: Uint8Array[] = [];
    for (let sample = 0; sample < submit.samples; sample += 1) {
      pictures.push(
        await paint({ photo: photo.bytes, mask: mask.bytes, width, height, prompt, seed: job.seed + sample }),
      );
    }
    return pictures;
  }

  async function finish(job: Job): Promise<void> {
    try {
      job.pictures = await work(job);
      store(job);
      job.state = "success";
    } catch (error) {
      job.state = job.behaviour.outcome === "error" ? "error" : "failed";
      job.failure =
        error instanceof PictureError ? UNFETCHABLE : error instanceof Error ? error.message : String(error);
    }
    job.finishedAt = time.now();
    changes.changed();
    onEnd(job);
  }

  function store(job: Job): void {
    const faults = linkFaults(job.behaviour.links);
    const names = job.pictures.flatMap((bytes, index) => {
      const png = pictureName(job, index);
      const base64 = base64Name(job, index);
      links.put(png, { bytes, contentType: "image/png", faults });
      links.put(base64, { bytes: Buffer.from(toBase64(bytes)), contentType: "text/plain", faults });
      return [png, base64];
    });
    time.schedule(linkSeconds * 1000, () => {
      for (const name of names) links.expire(name);
      job.pictures = [];
    });
  }

  return {
    all,
    find: (id) => all.find((job) => String(job.id) === id),
    queued: (key) => all.filter((job) => job.state === "processing" && job.submit.key === key).length,
    accept(submit, behaviour, pictures) {
      lastId += 1;
      const job: Job = {
        id: ids === "int" ? lastId : String(lastId),
        submit,
        behaviour,
        filePrefix: random.uuid(),
        seed: submit.seed ?? random.next(),
        acceptedAt: time.now(),
        etaSeconds: behaviour.etaSeconds ?? 2,
        billed: 1,
        state: "processing",
        flagged: false,
        pictures: [],
        fetchSteps: Array.isArray(behaviour.fetch) ? [...behaviour.fetch] : [],
      };
      if (pictures !== undefined) job.received = pictures;
      all.push(job);
      changes.changed();
      return job;
    },
    end(job) {
      const ending = endings.get(job) ?? finish(job);
      endings.set(job, ending);
      return ending;
    },
  };
}

export const UNFETCHABLE = "Unable to fetch image from provided URL";

/** Whether the submit itself is answered with the finished pictures. */
export function answeredAtOnce({ submit, behaviour }: Job): boolean {
  return behaviour.answer === "success" && !submit.instantResponse;
}

export function pictureName(job: Job, index: number): string {
  return `${job.filePrefix}-${index}.png`;
}

export function base64Name(job: Job, index: number): string {
  return `${job.filePrefix}-${index}.base64`;
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
