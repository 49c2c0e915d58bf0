import { signCapability } from "@infill/core";
import { type OpenJob, PROVIDER, type Site } from "./site.ts";

/** A request to the receiver, and what must come of it. */
export interface Call {
  kind: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
  /** 404: nothing of it is looked at. 413: it is too long to be. 200: it is genuine, or was sent before. */
  answer: 200 | 404 | 413;
}

/** What a forger has: chance, a job that waits, and another one. */
export interface Means {
  /** 0 … 2³²−1 */
  chance: number;
  job: OpenJob;
  other: OpenJob;
  site: Site;
}

const MORE_THAN_TAKEN = 300_000;
const TYPES = [
  "application/json",
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
];
const METHODS = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"];
const at = <T>(list: readonly [T, ...T[]], chance: number): T => list[chance % list.length] ?? list[0];

/** With one character of it another one: its last may hold two bits that say nothing, so that is left alone. */
function altered(text: string, chance: number): string {
  const place = chance % (text.length - 1);
  const to = at(["A", "b", "7", "_", ".", "-"], chance >>> 8);
  return text[place] === to
    ? `${text.slice(0, place)}${text.slice(place + 1)}`
    : text.slice(0, place) + to + text.slice(place + 1);
}

/** A capability, to be wrong: by kind. */
const CAPABILITIES: Record<string, (means: Means) => string> = {
  "a capability altered": ({ job, chance }) => altered(job.capability, chance),
  "a mac of chance": ({ job, chance }) => {
    const mac = Buffer.alloc(24);
    for (let i = 0; i < 24; i += 4) mac.writeUInt32LE(Math.imul(chance + i, 0x9e3779b1) >>> 0, i);
    return [...job.capability.split(".").slice(0, -1), mac.toString("base64url")].join(".");
  },
  "a mac cut short": ({ job, chance }) => job.capability.slice(0, -1 - (chance % 31)),
  "no mac": ({ job }) => job.capability.split(".").slice(0, -1).join("."),
  "the mac of another job": ({ job, other }) =>
    [...job.capability.split(".").slice(0, -1), other.capability.split(".").at(-1)].join("."),
  "the id of another job": ({ job, other }) => [other.id, ...job.capability.split(".").slice(1)].join("."),
  "a later expiry": ({ job }) => job.capability.replace(/\.(\d{10})\./, (_, exp) => `.${Number(exp) + 1}.`),
  "another key": ({ job, chance }) =>
    job.capability.replace(".k2.", `.${at(["k1", "k3", "__proto__", "constructor", ""], chance)}.`),
  "a capability for something else": ({ job, site, chance }) =>
    signCapability(site.keyring, at(["result", "callback", "callback:", "callback:1min"], chance), [job.id, "1"], 4e12),
  "a capability that is spent": ({ site, chance }) => {
    const [first = "", ...rest] = Object.values(site.spent);
    return at([first, ...rest], chance);
  },
  "fields too many": ({ job }) => `x.${job.capability}`,
  nonsense: ({ chance }) => at(["%00", "..%2f..%2f", "%ff%fe", "x".repeat(2000), ".....", "%F0%9F%8E%A8"], chance),
};

const lies = ({ id }: OpenJob, chance: number): string =>
  JSON.stringify({
    status: at(["success", "error", "processing"], chance),
    id: `${chance}`,
    track_id: id,
    output: ["https://example.com/x.png"],
  });

const call = (kind: string, { job, chance }: Means, capability: string, rest: Partial<Call> = {}): Call => ({
  kind,
  method: "POST",
  path: `/webhooks/${PROVIDER}/${capability}`,
  headers: { "content-type": at(["application/json", ...TYPES], chance >>> 3) },
  body: lies(job, chance),
  answer: 404,
  ...rest,
});

/** Every kind of call that nobody was to make. */
export const FORGERIES: Record<string, (means: Means) => Call> = {
  ...Object.fromEntries(
    Object.entries(CAPABILITIES).map(([kind, forge]) => [kind, (means: Means) => call(kind, means, forge(means))]),
  ),
  "a capability at another provider": (means) =>
    call("a capability at another provider", means, "", {
      path: `/webhooks/${at(["fal", "1min", "MODELSLAB", "", "modelslab%00"], means.chance)}/${means.job.capability}`,
    }),
  "another method": (means) =>
    call("another method", means, means.job.capability, { method: at(["GET", ...METHODS], means.chance) }),
  "a huge body": (means) =>
    call("a huge body", means, means.job.capability, { body: "x".repeat(MORE_THAN_TAKEN), answer: 413 }),
  "a huge body without a capability": (means) =>
    call("a huge body without a capability", means, altered(means.job.capability, means.chance), {
      body: "x".repeat(MORE_THAN_TAKEN),
      answer: 413,
    }),
};

/** A callback of the provider's own. */
export interface Own {
  job: OpenJob;
  body: string;
}

export const genuine = ({ job, body }: Own, kind: string): Call => ({
  kind,
  method: "POST",
  path: `/webhooks/${PROVIDER}/${job.capability}`,
  headers: { "content-type": "application/json" },
  body,
  answer: 200,
});
