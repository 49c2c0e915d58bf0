import { startModelsLab, startOpenAi } from "@infill/simulators";
import type { ProviderSettings } from "./stack/providers.ts";

/** Not a secret: it opens a simulator on this machine. */
const KEY = "simulated";

const keys = [KEY];

/** By provider. */
const SIMULATORS: Readonly<Record<string, () => Promise<{ url: string; close(): Promise<void> }>>> = {
  // records outlive a simulator, and a provider's id belongs to one job for ever: begin where none has been
  modelslab: () => startModelsLab({ keys, firstId: Math.floor(Date.now() / 100) }),
  openai: () => startOpenAi({ keys }),
};

/** Vendors as servers on this machine, for trying every model without a key. */
export async function startSimulators(): Promise<{ providers: ProviderSettings; close(): Promise<void> }> {
  const started = await Promise.all(
    Object.entries(SIMULATORS).map(async ([provider, start]) => ({ provider, simulator: await start() })),
  );
  return {
    providers: Object.fromEntries(
      started.map(({ provider, simulator }) => [provider, { key: KEY, baseUrl: simulator.url, simulated: true }]),
    ),
    async close() {
      await Promise.all(started.map(({ simulator }) => simulator.close()));
    },
  };
}
