import { type Command, counted, createProgress } from "../command.ts";
import { bombs } from "./bombs/index.ts";
import { fuzzImages, type ImagesReport, SMALL_PER_LARGE } from "./run.ts";

export const imagesCommand: Command = {
  name: "images",
  describe: "damages so many pictures, makes every bomb there is, and puts them through the headers and the pixels",
  count: 10_000,
  numbered: true,
  async run({ count, ...options }) {
    const large = Math.floor(count / SMALL_PER_LARGE);
    const draw = createProgress(count + (options.from === undefined ? bombs().length + large : 0));
    const progress = ({ small, large, bombs, problems }: ImagesReport) =>
      draw(small + large + bombs.length, `${problems.length} problems`);
    const report = await fuzzImages({ count, ...options, progress });
    tell(report);
    return report.problems.length;
  },
};

function tell({ small, large, outcomes, bombs, slowest, peaks, problems }: ImagesReport): void {
  for (const [role, counts] of Object.entries(outcomes)) console.log(`${role.padEnd(10)}${counted(counts)}`);
  for (const stopped of ["header", "nowhere"] as const) {
    const tried = bombs.filter((bomb) => bomb.stopped === stopped);
    if (tried.length === 0) continue;
    const dearest = Math.max(...tried.map(({ share }) => share)).toFixed(2);
    const where = { header: "refused before decoding", nowhere: "that look sound" }[stopped];
    console.log(`bombs     ${tried.length} ${where}: at most ${dearest} of what a sound photo of 12 megapixels takes`);
  }
  const memory = Object.entries(peaks).map(([kind, bytes]) => `${kind} ${Math.ceil(bytes / 1e6)} MB`);
  console.log(`memory    ${memory.join(", ")}`);
  console.log(`slowest   ${slowest.what}: ${Math.round(slowest.ms)} ms`);
  for (const { what, problem } of problems) console.log(`\n${what}\n  ${problem}`);
  console.log(
    `\n${small} damaged pictures, ${large} of 12 megapixels, ${bombs.length} bombs, ${problems.length} problems`,
  );
}
