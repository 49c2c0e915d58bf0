/** What the process answers its shell with; `infill --help` lists them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** Ends a command with a message for people, a document for scripts and an exit code for shells. */
export class CliError extends Error {
  readonly exitCode: number;
  /** Stable name of what went wrong, for `--json`. */
  readonly code: string;
  /** Joins `error` in the document that `--json` prints. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Is part of that `error`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    exitCode: number,
    code: string,
    message: string,
    document: Readonly<Record<string, unknown>> = {},
    details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = "CliError";
    this.exitCode = exitCode;
    this.code = code;
    this.document = document;
    this.details = details;
  }
}

/** The command line asks for something that cannot be: exit code 2. */
export const usageError = (message: string): CliError => new CliError(EXIT.usage, "usage", message);

/** Ctrl-C, after whatever had to be told was told. */
export const interrupted = (message: string, document?: Readonly<Record<string, unknown>>): CliError =>
  new CliError(EXIT.interrupted, "interrupted", message, document);
