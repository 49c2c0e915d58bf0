import { expect } from "vitest";

/**
 * The same fields, and values of the same type, all the way down; an answer may have more fields.
 * @param nullable paths that may be null here where the documented example has a value: `answer.meta.seed`
 */
export function expectDocumented(
  answer: unknown,
  documented: unknown,
  nullable: readonly string[] = [],
  path = "answer",
): void {
  if (nullable.includes(path) && answer === null) return;
  if (Array.isArray(documented)) {
    expect(answer, path).toHaveLength(documented.length);
    for (const [at, value] of documented.entries())
      expectDocumented((answer as unknown[])[at], value, nullable, `${path}[${at}]`);
    return;
  }
  expect(typeof answer, path).toBe(typeof documented);
  if (typeof documented !== "object" || documented === null) return;
  for (const [name, value] of Object.entries(documented))
    expectDocumented((answer as Record<string, unknown>)[name], value, nullable, `${path}.${name}`);
}
