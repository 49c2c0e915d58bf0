/** What one look found. */
export interface Finding {
  /** `unknown`: it was not asked for, or could not be told. */
  state: "ok" | "broken" | "unknown";
  /** What was looked at: `api`, `modelslab key`. */
  about: string;
  says: string;
  /** The vendor that lacks its key, or the setting that turns it on. */
  lacking?: string;
  /** What to do about it. */
  todo?: string;
}
