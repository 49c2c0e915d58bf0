import { type Command, createProgress } from "../command.ts";
import { fuzzCallbacks } from "./fuzz.ts";
import { tellCallbacks } from "./tell.ts";

export const callbacksCommand: Command = {
  name: "callbacks",
  describe: "sends the receiver what no provider sent, over HTTP, while jobs wait for theirs",
  count: 10_000,
  async run({ count, seed, signal }) {
    const draw = createProgress(count);
    const report = await fuzzCallbacks({
      count,
      seed,
      signal,
      progress: (done, { surprises, acknowledged }) =>
        draw(done, `${acknowledged.length} genuine, ${surprises.length} surprises`),
    });
    tellCallbacks(report);
    return report.surprises.length;
  },
};
