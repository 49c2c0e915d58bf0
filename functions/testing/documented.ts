import { once } from "@infill/core";
import { expect } from "vitest";
import { createValidator } from "../openapi/validator.ts";

const specification = once(createValidator);

/** Whoever reads the specification is not surprised by an answer: its status, headers and every field of it are there. */
export async function isDocumented(method: string, path: string, answer: Response): Promise<void> {
  const { status, headers } = answer;
  const text = await answer.clone().text();
  const surprises = specification().answer(method, path, { status, headers, text });
  expect(surprises, `what no specification says of ${method} ${path} and its ${status}: ${text}`).toEqual([]);
}

/** Nor by a webhook. */
export function isDocumentedEvent(body: string): void {
  expect(specification().event(JSON.parse(body)), `what no specification says of the event ${body}`).toEqual([]);
}
