import { INVARIANTS } from "./law.ts";
import type { Outcome } from "./run.ts";

/** Ids as people tell them apart: in the order in which they come up. */
function named(text: string): string {
  const names = new Map<string, string>();
  const counts: Record<string, number> = {};
  return text.replace(/\b(job|evt|ast|whe)_[0-9a-z]{26}\b/g, (id, kind: string) => {
    const there = names.get(id);
    if (there !== undefined) return there;
    counts[kind] = (counts[kind] ?? 0) + 1;
    const name = `${{ job: "job", evt: "event", ast: "upload", whe: "endpoint" }[kind]} ${counts[kind]}`;
    names.set(id, name);
    return name;
  });
}

/** The command that runs one seed again. */
export const commandFor = (seed: number, mutant: string | undefined): string =>
  `npm run simulate -- --seeds 1 --from ${seed}${mutant === undefined ? "" : ` --mutant ${mutant}`}`;

/** A broken invariant, what led to it, and how to see it again. */
export function tell(seed: number, mutant: string | undefined, { violation, parts, trace }: Outcome): string {
  if (violation === undefined) return `seed ${seed}: nothing is broken`;
  const { invariant, words } = violation;
  return named(
    [
      `seed ${seed} breaks invariant ${invariant}: ${INVARIANTS[invariant]}`,
      `  ${words}`,
      "",
      `what it takes: ${parts.length === 0 ? "nothing" : parts.join("; ")}`,
      ...trace,
      "",
      `again: ${commandFor(seed, mutant)}`,
      "",
    ].join("\n"),
  );
}
