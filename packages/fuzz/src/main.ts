import { type Arguments, readArguments } from "./arguments.ts";
import { fuzzCallbacks } from "./callbacks/fuzz.ts";
import { tellCallbacks } from "./callbacks/tell.ts";
import { fuzz } from "./fuzz.ts";
import { progressOf } from "./progress.ts";
import { tellRequests } from "./tell.ts";

const HELP = `Asks the API, in this process, whatever its specification allows and much that it does not; or sends
its receiver of callbacks what no provider sent, over HTTP, while jobs wait for theirs.

  npm run fuzz -- [--requests N] [--seed S]
  npm run fuzz -- callbacks [--count N] [--seed S]

  --requests N  how many; 10,000 unless given
  --count N     how many; 10,000 unless given
  --seed S      the same seed asks the same; of the day unless given

Ends with 1 when an answer is a 5xx that says that something broke, or is not as documented; when a forged
callback is answered as if it were none, or changes a row. Ctrl-C tells what was found so far, and ends with 130.
`;

/** A command: runs, tells, and gives the number of surprises. */
type Command = (given: Arguments, signal: AbortSignal) => Promise<number>;

const requests: Command = async ({ count, seed }, signal) => {
  const show = progressOf(count);
  console.log(`${count} requests, seed ${seed}`);
  const report = await fuzz({
    requests: count,
    seed,
    signal,
    progress: (done, { surprises }) => show(done, `${surprises.length} surprises`),
  });
  tellRequests(report);
  return report.surprises.length;
};

const callbacks: Command = async ({ count, seed }, signal) => {
  const show = progressOf(count);
  console.log(`${count} forged callbacks, seed ${seed}`);
  const report = await fuzzCallbacks({
    count,
    seed,
    signal,
    progress: (done, { surprises, acknowledged }) =>
      show(done, `${acknowledged.length} genuine, ${surprises.length} surprises`),
  });
  tellCallbacks(report);
  return report.surprises.length;
};

const [first, ...rest] = process.argv.slice(2);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
try {
  const isCallbacks = first === "callbacks";
  const given = isCallbacks
    ? readArguments(rest, "count", 10_000)
    : readArguments(process.argv.slice(2), "requests", 10_000);
  if (given.help) process.stdout.write(HELP);
  else {
    const surprises = await (isCallbacks ? callbacks : requests)(given, stop.signal);
    process.exitCode = stop.signal.aborted ? 130 : Math.min(surprises, 1);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n\n${HELP}`);
  process.exitCode = 2;
}
