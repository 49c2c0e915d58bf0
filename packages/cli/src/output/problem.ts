import { CommanderError } from "commander";
import { ApiProblem, Unreachable } from "../api/problem.ts";
import { CliError, EXIT } from "../exit.ts";
import type { Styles } from "./style.ts";

/** An error as the command line tells it: to people, to scripts, to the shell. */
export interface Told {
  exitCode: number;
  /** Lines for stderr. */
  lines: string[];
  /** What `--json` prints. */
  json: { error: { code: string; message: string; [detail: string]: unknown }; [more: string]: unknown };
}

const START =
  "Start it with npm start, or name another: its address with --url or INFILL_URL, a local stack's folder with INFILL_DATA.";

/** A value that the API does not take, 400 or 422 in its own words; not what a moderation, a gateway or storage refused. */
const isOfTheCommandLine = ({ status, code }: ApiProblem): boolean =>
  (status === 400 || status === 422) && code !== "content_rejected" && !code.startsWith("http_");

function tellProblem(problem: ApiProblem, style: Styles): Told {
  const { code, detail, status, retryable, errors, requestId } = problem;
  const unauthorised = status === 401;
  return {
    exitCode: unauthorised ? EXIT.unreachable : isOfTheCommandLine(problem) ? EXIT.usage : EXIT.failed,
    lines: [
      `${detail} ${style.dim(`(${code}, HTTP ${status})`)}`,
      // one error is what the detail already says
      ...(errors.length > 1 ? errors.map((one) => `  ${style.bold(one.pointer || "/")}  ${one.detail}`) : []),
      ...(unauthorised
        ? [
            "Name the key with --api-key or INFILL_API_KEY. npm start prints the local stack's own; npx infill keys create makes another.",
          ]
        : []),
      ...(retryable ? ["Trying again later may help."] : []),
      ...(status >= 500 && requestId !== undefined ? [`The server's log has it under ${requestId}.`] : []),
    ],
    json: { error: { code, message: detail, status, retryable, errors, ...(requestId && { requestId }) } },
  };
}

/** Anything that a command threw. What nobody foresaw keeps its stack: it is a defect to report. */
export function tell(error: unknown, style: Styles): Told {
  if (error instanceof ApiProblem) return tellProblem(error, style);
  if (error instanceof Unreachable)
    return {
      exitCode: EXIT.unreachable,
      lines: [error.message, START],
      json: { error: { code: "unreachable", message: error.message } },
    };
  if (error instanceof CliError)
    return {
      exitCode: error.exitCode,
      lines: [error.message],
      json: { ...error.document, error: { code: error.code, message: error.message, ...error.details } },
    };
  if (error instanceof CommanderError)
    // commander has printed it, with its own hint
    return { exitCode: EXIT.usage, lines: [], json: { error: { code: "usage", message: error.message } } };
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  return { exitCode: EXIT.failed, lines: [stack], json: { error: { code: "internal", message } } };
}
