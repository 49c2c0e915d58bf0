import { expect } from "vitest";

/** A refusal as RFC 9457 has it. */
export interface Problem {
  type: string;
  code: string;
  status: number;
  detail: string;
  retryable: boolean;
  pointer?: string;
  requestId: string;
}

/** The problem that an answer is; one that is none, or is not of one piece with its answer, fails the test. */
export async function problem(answer: Response): Promise<Problem> {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const body = (await answer.json()) as Problem;
  expect(body).toMatchObject({ status: answer.status, type: `urn:infill:problem:${body.code}` });
  return body;
}
