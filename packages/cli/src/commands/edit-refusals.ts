import { distance } from "fastest-levenshtein";
import { ApiProblem } from "../api/problem.ts";
import { CliError, EXIT } from "../exit.ts";

/** Fields of the request whose flag is not their own name. */
const FLAGS: Readonly<Record<string, string>> = {
  "/operation": "--erase/--prompt",
  "/prompt": "--prompt",
  "/image": "PHOTO",
  "/outputFormat": "--format",
  "/deadlineSeconds": "--deadline",
  "/edit/crop": "--no-crop",
  "/providerOptions": "--provider-option",
};

/** `/negativePrompt` → `--negative-prompt`, `/providerOptions/sampler` → `--provider-option sampler` */
export function flagOf(pointer: string): string {
  const known = Object.keys(FLAGS).find((field) => pointer === field || pointer.startsWith(`${field}/`));
  if (known === "/providerOptions") return `${FLAGS[known]} ${pointer.slice(known.length + 1)}`.trim();
  if (known !== undefined) return FLAGS[known] ?? pointer;
  const [name = ""] = pointer.replace(/^\/(edit\/)?/, "").split("/");
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What the API says of the request itself: nothing else would have to change for it to be taken. */
const OF_THE_REQUEST: ReadonlySet<string> = new Set(["invalid_request", "unsupported_option"]);

/**
 * A refused edit in the command line's own words.
 * @returns a CliError (2) naming the flags, where what they say is wrong; anything else as it came
 */
export function inFlags(error: unknown): unknown {
  if (!(error instanceof ApiProblem) || !OF_THE_REQUEST.has(error.code)) return error;
  if (error.status !== 400 && error.status !== 422) return error;
  const { pointer, detail, errors, status, code } = error;
  const faults = errors.length > 0 ? errors : [{ pointer: pointer ?? "", detail }];
  const lines = faults.map((fault) => {
    if (!fault.pointer.startsWith("/")) return fault.detail;
    const said = fault.detail.startsWith(`${fault.pointer}: `)
      ? fault.detail.slice(fault.pointer.length + 2)
      : fault.detail;
    return `${flagOf(fault.pointer)}: ${said}`;
  });
  return new CliError(EXIT.usage, code, [...new Set([...lines, ...meant(error)])].join("\n"), {}, { status, errors });
}

/** "Did you mean", where a model's name is nearly one. */
function meant({ detail, pointer = "", allowed }: ApiProblem): string[] {
  const [, named] = /there is no model "([^"]+)"/.exec(detail) ?? [];
  const near = named === undefined || !pointer.startsWith("/model") ? undefined : nearest(named, allowed);
  return near === undefined ? [] : [`Did you mean ${near}?`];
}

/** The one name that few typing errors make of another; `undefined` when none is, or several are as near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(name.length / 4));
  const sorted = names
    .map((other) => {
      // whoever leaves the vendor out, or the model's second half, is near as well
      const whole = distance(name.toLowerCase(), other);
      const part = name.length > 2 && other.split("/").includes(name.toLowerCase()) ? 1 : whole;
      return { other, steps: Math.min(whole, part) };
    })
    .filter(({ steps }) => steps <= most)
    .sort((a, b) => a.steps - b.steps);
  const [first, second] = sorted;
  return first === undefined || first.steps === second?.steps ? undefined : first.other;
}
