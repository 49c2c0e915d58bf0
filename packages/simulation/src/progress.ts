/** ms between two lines where nobody watches, and between two looks of a bar. */
const EVERY_MS = { line: 5000, bar: 100 };
const WIDTH = 30;

interface Screen {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows how far many runs are: a bar on a terminal, a line now and then elsewhere. */
export function progressTo(screen: Screen, all: number, now: () => number = () => performance.now()) {
  const began = now();
  let shownAt = began;
  let done = 0;
  const pace = () => `${Math.round(done / Math.max(0.001, (now() - began) / 1000))} a second`;
  return {
    show(soFar: number): void {
      done = soFar;
      if (now() - shownAt < (screen.isTTY ? EVERY_MS.bar : EVERY_MS.line)) return;
      shownAt = now();
      const filled = Math.round((done / all) * WIDTH);
      const bar = `[${"█".repeat(filled)}${"░".repeat(WIDTH - filled)}]`;
      if (screen.isTTY) screen.write(`\r\x1b[K${bar} ${done} of ${all}, ${pace()}`);
      else screen.write(`${done} of ${all}, ${pace()}\n`);
    },
    /** @returns how fast it was */
    end(): string {
      if (screen.isTTY) screen.write("\r\x1b[K");
      return pace();
    },
  };
}
