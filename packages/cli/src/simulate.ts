import { startModelsLab, startOneMin } from "@infill/simulators";
import type { ProviderSettings } from "./stack/providers.ts";

/** Not a secret: it opens a simulator on this machine. */
const KEY = "simulated";

/** What every simulator has, whatever it plays. */
interface Started {
  url: string;
  close(): Promise<void>;
}

/** How each vendor's is started, by provider. */
const SIMULATORS: Readonly<Record<string, (keys: readonly string[]) => Promise<Started>>> = {
  "1min": (keys) => startOneMin({ keys, randomSeed: Date.now() }),
  // records outlive a simulator, and a provider's id belongs to one job for ever: begin where none has been
  modelslab: (keys) => startModelsLab({ keys, firstId: Math.floor(Date.now() / 100) }),
};

/** Vendors as servers on this machine, for trying every model without a key. */
export async function startSimulators(): Promise<{ providers: ProviderSettings; close(): Promise<void> }> {
  const started = await Promise.all(
    Object.entries(SIMULATORS).map(async ([provider, start]) => [provider, await start([KEY])] as const),
  );
  return {
    providers: Object.fromEntries(
      started.map(([provider, { url }]) => [provider, { key: KEY, baseUrl: url, simulated: true }]),
    ),
    async close() {
      await Promise.all(started.map(([, simulator]) => simulator.close()));
    },
  };
}
