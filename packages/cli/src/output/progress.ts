import type { Screen } from "../context.ts";
import { styles } from "./style.ts";

const BAR_CELLS = 24;
const CLEAR_LINE = "\r\x1b[2K";

/** What is going on, on stderr: one line that changes on a terminal, a line for each change elsewhere. */
export interface Progress {
  /** @param share 0–1 of `label`; `detail` is shown beside the bar */
  show(label: string, share?: number, detail?: string): void;
  /** A line that stays. */
  say(line: string): void;
  /** Removes what still changes; before anything else is printed. */
  end(): void;
}

export const silent: Progress = { show() {}, say() {}, end() {} };

export function createProgress(screen: Screen): Progress {
  return screen.isTTY === true ? liveProgress(screen) : plainProgress(screen);
}

function liveProgress(screen: Screen): Progress {
  const style = styles(screen);
  let live = false;
  const end = (): void => {
    if (live) screen.write(CLEAR_LINE);
    live = false;
  };
  return {
    show(label, share, detail = "") {
      const line = `${label}${share === undefined ? "" : `  ${bar(share)} ${Math.floor(share * 100)} %`}  ${detail}`;
      // a line that wraps could not be cleared again
      const width = (screen.columns || 80) - 1; // 0: a terminal that does not know
      screen.write(CLEAR_LINE + style.cyan(line.trimEnd().slice(0, width)));
      live = true;
    },
    say(line) {
      end();
      screen.write(`${line}\n`);
    },
    end,
  };
}

function plainProgress(screen: Screen): Progress {
  let last = "";
  return {
    show(label) {
      if (label !== last) screen.write(`${label}\n`);
      last = label;
    },
    say: (line) => void screen.write(`${line}\n`),
    end() {},
  };
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_CELLS);
  return "█".repeat(full) + "░".repeat(BAR_CELLS - full);
}
