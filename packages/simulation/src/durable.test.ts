import type { DurableValue } from "@infill/core";
import { describeDurable } from "@infill/core/testing";
import { MemoryEngine } from "./engine.ts";
import { World } from "./world.ts";

/** Where nothing breaks of its own accord. */
function calmWorld(): World {
  let world = new World({ seed: 0 });
  for (let seed = 1; world.faultRate > 0; seed++) world = new World({ seed });
  return world;
}

describeDurable("in memory", (workflow, dies) => {
  const world = calmWorld();
  let began: number | undefined;
  let value: DurableValue = "never came to its end";
  const engine = new MemoryEngine({
    world,
    async run({ payload, process }, durable) {
      if (began === undefined) void dies?.then(() => process?.die());
      began ??= world.now;
      value = await workflow(durable, payload);
    },
    onEnded: ({ status }) => {
      throw new Error(`the execution has ${status}`);
    },
  });
  return {
    complete: async (token) => engine.complete(token),
    elapsed: () => (world.now - (began ?? 0)) / 1000,
    async toTheEnd() {
      engine.start("inpaint", "job_1", { jobId: "job_1" });
      await world.run();
      return value;
    },
  };
});
