import { startBfl, startFal, startIdeogram, startModelsLab, startOneMin, startOpenAi } from "@infill/simulators";
import type { ProviderAccess, ProviderSettings } from "./stack/providers.ts";

/** Not a secret: it opens a simulator on this machine. */
const KEY = "simulated";

interface Simulator {
  url: string;
  close(): Promise<void>;
}

/**
 * Every vendor's simulator, by provider. Records outlive a simulator, and a provider's id belongs to one job
 * for ever: each begins where none has been.
 */
const SIMULATORS: Readonly<Record<string, (startedAt: number) => Promise<Simulator>>> = {
  bfl: (startedAt) => startBfl({ keys: [KEY], randomSeed: startedAt }),
  fal: (startedAt) => startFal({ keys: [KEY], randomSeed: startedAt }),
  ideogram: () => startIdeogram({ keys: [KEY] }),
  "1min": (startedAt) => startOneMin({ keys: [KEY], randomSeed: startedAt }),
  openai: () => startOpenAi({ keys: [KEY] }),
  modelslab: (startedAt) => startModelsLab({ keys: [KEY], firstId: Math.floor(startedAt / 100) }),
};

/** Vendors as servers on this machine, for trying every model without a key. */
export async function startSimulators(): Promise<{ providers: ProviderSettings; close(): Promise<void> }> {
  const startedAt = Date.now();
  const started = await Promise.all(
    Object.entries(SIMULATORS).map(async ([provider, start]) => ({ provider, simulator: await start(startedAt) })),
  );
  const access = (baseUrl: string): ProviderAccess => ({ key: KEY, baseUrl, simulated: true });
  return {
    providers: Object.fromEntries(started.map(({ provider, simulator }) => [provider, access(simulator.url)])),
    async close() {
      await Promise.all(started.map(({ simulator }) => simulator.close()));
    },
  };
}
