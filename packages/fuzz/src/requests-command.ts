import { type Command, counted, createProgress } from "./command.ts";
import { type FuzzReport, fuzz } from "./fuzz.ts";

export const requestsCommand: Command = {
  name: "requests",
  describe: "asks the API whatever its specification allows and much that it does not",
  count: 10_000,
  async run({ count: requests, seed, signal }) {
    const draw = createProgress(requests);
    const progress = (done: number, { surprises }: FuzzReport) => draw(done, `${surprises.length} surprises`);
    const report = await fuzz({ requests, seed, signal, progress });
    tell(report);
    return report.surprises.length;
  },
};

function tell({ requests, succeeded, statuses, surprises }: FuzzReport): void {
  for (const [operation, counts] of Object.entries(statuses))
    console.log(`${operation.padEnd(18)}${counted(Object.fromEntries(Object.entries(counts)))}`);
  for (const { request, status, problems } of surprises)
    console.log(
      `\n${request.method} ${request.path} → ${status}\n  ${problems.join("\n  ")}\n  ${shown(request.body)}`,
    );
  const share = Math.round((succeeded / requests) * 1000) / 10;
  console.log(`\n${requests} requests, ${share} % of them valid and successful, ${surprises.length} surprises`);
}

const shown = (body = ""): string => (body.length > 400 ? `${body.slice(0, 400)}…` : body);
