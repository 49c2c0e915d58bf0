import type { ProviderJob } from "@infill/core";
import * as z from "zod";

const Id = z.string().regex(/^[\w-]{1,128}$/);
const Text = z.string().catch("");

const Submitted = z.object({
  id: Id,
  polling_url: z.string().optional().catch(undefined),
  /** In credits, of $0.01 each. */
  cost: z.number().nonnegative().optional().catch(undefined),
});

/**
 * The taken work, or `undefined` where the answer names none. With a webhook the documented answer
 * has no polling address.
 */
export function readSubmitted(body: unknown, base: string): ProviderJob | undefined {
  const { data } = Submitted.safeParse(body);
  if (data === undefined) return undefined;
  const pollUrl = trustedPlace(data.polling_url, base);
  return {
    id: data.id,
    ...(pollUrl === undefined ? {} : { pollUrl }),
    ...(data.cost === undefined ? {} : { credits: data.cost }),
  };
}

/**
 * An address to ask at, without its query. Our key goes with every question, so it counts only over https
 * at the vendor's own domain – work lives in the region that took it – or on the origin that was submitted to.
 */
export function trustedPlace(url: unknown, base: string): string | undefined {
  const parsed = typeof url === "string" ? URL.parse(url) : null;
  if (parsed === null || parsed.username !== "" || parsed.password !== "") return undefined;
  const { protocol, hostname, port, origin, pathname } = parsed;
  const vendors = protocol === "https:" && port === "" && hostname.endsWith(".bfl.ai");
  return vendors || origin === URL.parse(base)?.origin ? origin + pathname : undefined;
}

/** The documented states of a task. */
export type TaskState = "ready" | "pending" | "request-moderated" | "content-moderated" | "failed";

const STATES: Readonly<Record<string, TaskState>> = {
  Ready: "ready",
  Pending: "pending",
  "Request Moderated": "request-moderated",
  "Content Moderated": "content-moderated",
  Error: "failed",
  // work lives in the region that took it, and another's host does not know it: it was taken, so it is waited for
  "Task not found": "pending",
};

const Said = z.object({ error: Text, message: Text });
const Task = z.object({
  id: Id.optional().catch(undefined),
  task_id: Id.optional().catch(undefined),
  status: z.string(),
  result: z.object({ sample: z.string() }).optional().catch(undefined),
  progress: z.number().min(0).max(1).optional().catch(undefined),
  error: Text,
  message: Text,
  details: z
    .union([z.string().transform((message) => ({ error: "", message })), Said])
    .catch({ error: "", message: "" }),
});

export interface TaskAnswer {
  id?: string;
  state: TaskState;
  /** Where the picture is: a link that lives ten minutes. */
  sample?: string;
  /** 0–1 */
  progress?: number;
  /** The vendor's words, raw: clean before use. */
  text: string;
}

/** A task as a poll or a callback tells of it; `undefined` for anything else. A state nobody knows is not an end. */
export function readTask(body: unknown): TaskAnswer | undefined {
  const { data } = Task.safeParse(body);
  if (data === undefined) return undefined;
  const { status, result, progress, error, message, details } = data;
  const id = data.id ?? data.task_id;
  const words = [error, message, details.error, details.message].filter(Boolean).join(": ");
  return {
    ...(id === undefined ? {} : { id }),
    state: STATES[status] ?? "pending",
    ...(result === undefined ? {} : { sample: result.sample }),
    ...(progress === undefined ? {} : { progress }),
    text: words || status,
  };
}
