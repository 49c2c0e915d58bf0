import { MUTANTS } from "./mutants.ts";
import { simulate } from "./run.ts";

const from = Number(process.argv[2] ?? 1),
  n = Number(process.argv[3] ?? 200);
const names = process.argv[4] === "all" ? Object.keys(MUTANTS) : [process.argv[4] ?? ""];
for (const name of names) {
  const t = Date.now();
  let bad = 0;
  const by: Record<string, number> = {};
  for (let seed = from; seed < from + n; seed++) {
    const o = await simulate({ seed, traced: process.argv[5] !== undefined }, MUTANTS[name]);
    if (process.argv[5]) console.log(o.trace.join("\n"));
    if (o.violation) {
      bad++;
      const k = `${o.violation.invariant}`;
      by[k] = (by[k] ?? 0) + 1;
      if (by[k] <= 3) console.log(seed, o.violation);
      if (process.argv[4] === "all") break;
    }
  }
  console.log(name, bad, "bad of", n, ((Date.now() - t) / n).toFixed(2), "ms each", by);
}
