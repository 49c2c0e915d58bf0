import { startIdeogram, startModelsLab, startOneMin } from "@infill/simulators";
import type { ProviderAccess, ProviderSettings } from "./stack/providers.ts";

/** Not a secret: it opens a simulator on this machine. */
const KEY = "simulated";

/** Vendors as servers on this machine, for trying every model without a key. */
export async function startSimulators(): Promise<{ providers: ProviderSettings; close(): Promise<void> }> {
  // records outlive a simulator, and a provider's id belongs to one job for ever: begin where none has been
  const simulators = {
    modelslab: await startModelsLab({ keys: [KEY], firstId: Math.floor(Date.now() / 100) }),
    "1min": await startOneMin({ keys: [KEY], randomSeed: Date.now() }),
    ideogram: await startIdeogram({ keys: [KEY] }),
  };
  const accessTo = ({ url }: { url: string }): ProviderAccess => ({ key: KEY, baseUrl: url, simulated: true });
  return {
    providers: Object.fromEntries(Object.entries(simulators).map(([name, simulator]) => [name, accessTo(simulator)])),
    async close() {
      await Promise.all(Object.values(simulators).map((simulator) => simulator.close()));
    },
  };
}
