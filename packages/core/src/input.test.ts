import { expect, test } from "vitest";
import * as z from "zod";
import { parseInput } from "./input.ts";

const schema = z.strictObject({
  jobs: z.int().min(1).max(100).optional(),
  above: z.number().gt(0).lt(1).optional(),
  name: z.string().min(1).max(3).optional(),
  models: z.array(z.string()).min(1).max(2).optional(),
  reason: z.enum(["sexual", "other"]),
  own: z.number().min(1, "must be one or more").optional(),
});

test.each<[object, string]>([
  [{}, "/reason: is required"],
  [{ reason: "rude" }, "/reason: must be one of sexual, other"],
  [{ jobs: "two" }, "/jobs: must be a number"],
  [{ jobs: 0 }, "/jobs: must be at least 1"],
  [{ jobs: 101 }, "/jobs: must be at most 100"],
  [{ jobs: 1.5 }, "/jobs: must be a whole number"],
  [{ above: 0 }, "/above: must be more than 0"],
  [{ above: 1 }, "/above: must be less than 1"],
  [{ name: "" }, "/name: must have at least 1 character"],
  [{ name: "four" }, "/name: must have at most 3 characters"],
  [{ models: [] }, "/models: must have at least 1 item"],
  [{ models: "one" }, "/models: must be an array"],
  [{ models: ["a", "b", "c"] }, "/models: must have at most 2 items"],
  [{ own: 0 }, "/own: must be one or more"],
  [{ extra: 1 }, "/extra: is not a known field; there are jobs, above, name, models, reason, own"],
  [{ modles: [] }, "/modles: is not a known field; did you mean models?"],
])("%j is refused in plain words: %s", (change, message) => {
  const input = "reason" in change || Object.keys(change).length === 0 ? change : { reason: "other", ...change };
  expect(() => parseInput(schema, input)).toThrow(expect.objectContaining({ message, status: 422 }));
});
