/** What the engine needs of time: to read it, and to be woken. */
export interface Timers {
  /** ms since the epoch. */
  now(): number;
  /** Calls `run` once after `ms` (any length). @returns what takes that back; harmless afterwards */
  after(ms: number, run: () => void): () => void;
}
