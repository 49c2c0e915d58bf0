import { type NewRow, relayHandler } from "@infill/functions/relay";
import { baseDeps, type Place } from "./ports.ts";
import { Process } from "./process.ts";
import type { Site } from "./site.ts";

/** The table's stream, and the relay behind it: every new row comes at least once, in any order, until it is heard. */
export function startRelay(site: Site): (row: NewRow) => void {
  const { world } = site;
  const bring = (row: NewRow, time: number) => {
    const name = `relay ${row.id} #${time}`;
    const late = world.breaks(`${name} is late`, world.faultRate * 4) ? world.draw.whole(`by ${name}`, 0, 30_000) : 0;
    world.after(late + world.draw.whole(`stream ${name}`, 20, 1500), () => {
      const process = new Process(world, name, () => bring(row, time + 1));
      const place: Place = { site, process };
      const { engine, records, log } = baseDeps(place);
      const relay = relayHandler({ engine, records, log, newRow: () => row });
      process.run(
        () => relay({ Records: [{ eventName: "INSERT", dynamodb: { SequenceNumber: "1" } }] }),
        (outcome) => {
          const heard = "value" in outcome && outcome.value.batchItemFailures.length === 0;
          if (!heard) bring(row, time + 1);
        },
      );
    });
  };
  return (row) => {
    bring(row, 1);
    if (world.breaks(`relay ${row.id} comes twice`, world.faultRate * 4)) bring(row, 1001);
  };
}
