import type { Problem } from "./types.ts";

/**
 * Everything that goes wrong, told apart by `code`: one of the API's, or `network` when no answer came, `aborted`
 * when the signal fired, `upload_failed` when storage refused a picture.
 */
export class InfillError extends Error {
  override readonly name = "InfillError";
  readonly code: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** JSON pointer of the field at fault. */
  readonly pointer: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** The job that failed. */
  readonly jobId: string | undefined;
  /** All that the API said: of a limit, what is `left` and when it `resetsAt`. */
  readonly problem: Readonly<Partial<Problem>>;

  constructor(
    code: string,
    message: string,
    options: {
      status?: number;
      retryable?: boolean;
      pointer?: string | undefined;
      requestId?: string | undefined;
      retryAfterSeconds?: number | undefined;
      jobId?: string;
      problem?: Partial<Problem> | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 0;
    this.retryable = options.retryable ?? false;
    this.pointer = options.pointer;
    this.requestId = options.requestId;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.jobId = options.jobId;
    this.problem = options.problem ?? {};
  }
}

/** A job's own error, thrown. */
export const jobError = (id: string, problem: Problem | undefined): InfillError =>
  new InfillError(problem?.code ?? "canceled", problem?.detail ?? "The job was canceled", {
    retryable: problem?.retryable ?? false,
    pointer: problem?.pointer,
    jobId: id,
    problem,
  });

/** An answer that is no success, thrown. */
export async function answerError(answer: Response): Promise<InfillError> {
  const text = await answer.text().catch(() => "");
  let problem: Partial<Problem> & { requestId?: string } = {};
  try {
    problem = JSON.parse(text);
  } catch {
    // a proxy's page
  }
  const { status } = answer;
  const wait = Number(answer.headers.get("retry-after"));
  return new InfillError(problem.code ?? "unexpected_answer", problem.detail ?? `The server answered ${status}`, {
    status,
    retryable: problem.retryable ?? (status === 429 || status >= 500),
    pointer: problem.pointer,
    requestId: problem.requestId ?? answer.headers.get("x-request-id") ?? undefined,
    retryAfterSeconds: wait > 0 ? wait : undefined,
    problem,
  });
}
