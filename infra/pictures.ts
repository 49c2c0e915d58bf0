import type { allow } from "./function.ts";
import { settings } from "./stage.ts";

/** Every picture, by folder: `u/` uploads, `w/` work for and from providers, `r/` results. */
export type Folder = "u" | "w" | "r";
export type Verb = "GetObject" | "PutObject" | "DeleteObject";

/** A right, which may hold under conditions only. */
type Right = ReturnType<typeof allow> & { conditions?: { test: string; variable: string; values: string[] }[] };

/** Where pictures are kept, as what works with them knows it. */
export interface Pictures {
  /** What a function is told. */
  environment: Record<string, $util.Input<string>>;
  /** What it is linked to. */
  link: sst.Linkable<object>[];
  /** The rights to do this in these folders; none where there is nobody to grant them. */
  may(verbs: readonly Verb[], ...folders: Folder[]): Right[];
  /** The right to see what is in these folders. */
  mayList(...folders: Folder[]): Right[];
}

/** After how many days what is in a folder goes by itself: nothing has to run for it. */
export const daysKept: Record<Folder, number> = { u: 1, w: 1, r: settings.resultDays };

/** What a browser may send and read; the local stack's storage allows the same. */
export const forBrowsers = {
  origins: ["*"],
  methods: ["GET", "PUT", "HEAD"] as const,
  headers: ["content-type", "content-length", "if-none-match", "x-amz-checksum-sha256"],
  exposed: ["etag"],
};
