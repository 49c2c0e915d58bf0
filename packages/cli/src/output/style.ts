import { styleText } from "node:util";
import type { Screen } from "../context.ts";

type Format = Parameters<typeof styleText>[0];

/** Colours for one stream: none unless it is a terminal, and none with NO_COLOR. */
export function styles(stream: Screen) {
  const paint = (format: Format) => (text: string) =>
    stream.isTTY === true ? styleText(format, text, { stream }) : text;
  return {
    bold: paint("bold"),
    dim: paint("dim"),
    red: paint("red"),
    green: paint("green"),
    yellow: paint("yellow"),
    cyan: paint("cyan"),
  };
}

export type Styles = ReturnType<typeof styles>;
