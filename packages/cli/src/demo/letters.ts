/** The letters of the captions, 5×7, a row a number: a machine without fonts draws them too. */
const LETTERS: Readonly<Record<string, readonly number[]>> = {
  A: [0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001],
  B: [0b11110, 0b10001, 0b10001, 0b11110, 0b10001, 0b10001, 0b11110],
  E: [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111],
  F: [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000],
  O: [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110],
  R: [0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001],
  T: [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100],
};

/**
 * A word as SVG squares.
 * @param left px; @param top px
 * @param dot side of a square, px: a letter is 5 wide, 7 high and 1 apart
 */
export function word(text: string, left: number, top: number, dot: number): string {
  const squares = [...text].flatMap((letter, i) =>
    (LETTERS[letter] ?? []).flatMap((row, y) =>
      [4, 3, 2, 1, 0].flatMap((bit, x) =>
        row & (1 << bit) ? [`M${left + (i * 6 + x) * dot} ${top + y * dot}h${dot}v${dot}h${-dot}z`] : [],
      ),
    ),
  );
  return `<path d="${squares.join("")}"/>`;
}
