import { readFileSync } from "node:fs";

/** A request to a local stack, and what that answered: recorded by a test, which also holds the two together. */
export interface Example {
  /** The operation's id, or `webhook`. */
  operation: string;
  name: string;
  summary: string;
  status: number;
  request: {
    /** Those of the path. */
    parameters: Record<string, string>;
    query?: string;
    headers?: Record<string, string>;
    body?: unknown;
  };
  answer: { headers: Record<string, string>; body?: unknown };
}

/** Where they are kept. */
export const EXAMPLES_FILE = `${import.meta.dirname}/examples.json`;

export const examples = (): Example[] => JSON.parse(readFileSync(EXAMPLES_FILE, "utf8")) as Example[];
