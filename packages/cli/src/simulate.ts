import {
  startBedrock,
  startBfl,
  startFal,
  startIdeogram,
  startModelsLab,
  startOneMin,
  startOpenAi,
  startStability,
} from "@infill/simulators";
import type { ProviderAccess, ProviderSettings } from "./stack/providers.ts";

/** Not a secret: it opens a simulator on this machine. */
const KEY = "simulated";
const CREDENTIALS = { accessKeyId: "AKIASIMULATED", secretAccessKey: KEY };
const REGION = "us-east-1";

/** What opens a simulator beside a key, by provider. */
const BESIDES: Readonly<Record<string, Partial<ProviderAccess>>> = {
  bedrock: { key: "", aws: { region: REGION, credentials: async () => CREDENTIALS } },
};

interface Simulator {
  url: string;
  close(): Promise<void>;
}

/**
 * Every vendor's simulator, by provider. Records outlive a simulator, and a provider's id belongs to one job
 * for ever: each begins where none has been.
 */
const SIMULATORS: Readonly<Record<string, (startedAt: number) => Promise<Simulator>>> = {
  bedrock: () => startBedrock({ credentials: [CREDENTIALS], region: REGION }),
  bfl: (startedAt) => startBfl({ keys: [KEY], randomSeed: startedAt }),
  fal: (startedAt) => startFal({ keys: [KEY], randomSeed: startedAt }),
  stability: () => startStability({ keys: [KEY] }),
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
  const access = ({ provider, simulator }: (typeof started)[number]): [string, ProviderAccess] => [
    provider,
    { key: KEY, baseUrl: simulator.url, simulated: true, ...BESIDES[provider] },
  ];
  return {
    providers: Object.fromEntries(started.map(access)),
    async close() {
      await Promise.all(started.map(({ simulator }) => simulator.close()));
    },
  };
}
