import { parseArgs } from "node:util";
import { type FuzzReport, fuzz } from "./fuzz.ts";

const HELP = `Asks the API, in this process, whatever its specification allows and much that it does not.

  npm run fuzz -- [--requests N] [--seed S]

  --requests N  how many; 10,000 unless given
  --seed S      the same seed asks the same; of the day unless given

Ends with 1 when an answer is a 5xx that says that something broke, or is not as documented.
`;

function readArguments(): { requests: number; seed: number; help: boolean } {
  const { values } = parseArgs({
    options: {
      requests: { type: "string", default: "10000" },
      seed: { type: "string", default: String(Math.floor(Date.now() / 86_400_000)) },
      help: { type: "boolean", default: false },
    },
  });
  const [requests, seed] = [Number(values.requests.replaceAll(",", "")), Number(values.seed)];
  if (!Number.isSafeInteger(requests) || requests < 1) throw new Error("--requests takes a whole number from 1");
  if (!Number.isSafeInteger(seed)) throw new Error("--seed takes a whole number");
  return { requests, seed, help: values.help };
}

const WIDTH = 30;

function show(requests: number, began: number) {
  return (done: number, { surprises }: FuzzReport): void => {
    if (!process.stderr.isTTY && done % 10_000 !== 0 && done !== requests) return;
    const share = done / requests;
    const bar = "█".repeat(Math.round(share * WIDTH)).padEnd(WIDTH, "░");
    const rate = Math.round(done / ((performance.now() - began) / 1000));
    const line = `${bar} ${done}/${requests} ${rate}/s, ${surprises.length} surprises`;
    process.stderr.write(process.stderr.isTTY && done < requests ? `\r${line}` : `\r${line}\n`);
  };
}

function tell({ requests, succeeded, statuses, surprises }: FuzzReport): void {
  for (const [operation, counts] of Object.entries(statuses)) {
    const told = Object.entries(counts).map(([status, times]) => `${status} × ${times}`);
    console.log(`${operation.padEnd(18)}${told.join("  ")}`);
  }
  for (const { request, status, problems } of surprises)
    console.log(
      `\n${request.method} ${request.path} → ${status}\n  ${problems.join("\n  ")}\n  ${shown(request.body)}`,
    );
  const share = Math.round((succeeded / requests) * 1000) / 10;
  console.log(`\n${requests} requests, ${share} % of them valid and successful, ${surprises.length} surprises`);
}

const shown = (body = ""): string => (body.length > 400 ? `${body.slice(0, 400)}…` : body);

try {
  const { requests, seed, help } = readArguments();
  if (help) process.stdout.write(HELP);
  else {
    console.log(`${requests} requests, seed ${seed}`);
    const report = await fuzz({ requests, seed, progress: show(requests, performance.now()) });
    tell(report);
    if (report.surprises.length > 0) process.exitCode = 1;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n\n${HELP}`);
  process.exitCode = 2;
}
