const WIDTH = 30;
/** Where nobody watches, a line each. */
const LINE_EVERY = 10_000;

/** Shows on standard error how far it is, and `tail` beside it. */
export function progressOf(total: number): (done: number, tail: string) => void {
  const began = performance.now();
  return (done, tail) => {
    if (!process.stderr.isTTY && done % LINE_EVERY !== 0 && done !== total) return;
    const bar = "█".repeat(Math.round((done / total) * WIDTH)).padEnd(WIDTH, "░");
    const rate = Math.round(done / ((performance.now() - began) / 1000));
    const line = `\r${bar} ${done}/${total} ${rate}/s, ${tail}`;
    process.stderr.write(process.stderr.isTTY && done < total ? line : `${line}\n`);
  };
}
