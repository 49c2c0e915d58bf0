import { startBedrock, startModelsLab, startStability } from "@infill/simulators";
import type { ProviderAccess, ProviderSettings } from "./stack/providers.ts";

/** Not a secret: it opens a simulator on this machine. */
const KEY = "simulated";
const CREDENTIALS = { accessKeyId: "AKIASIMULATED", secretAccessKey: KEY };
const REGION = "us-east-1";

type Simulator = Awaited<ReturnType<(typeof STARTS)[keyof typeof STARTS]>>;

/** By provider. */
const STARTS = {
  bedrock: () => startBedrock({ credentials: [CREDENTIALS], region: REGION }),
  // records outlive a simulator, and a provider's id belongs to one job for ever: begin where none has been
  modelslab: () => startModelsLab({ keys: [KEY], firstId: Math.floor(Date.now() / 100) }),
  stability: () => startStability({ keys: [KEY] }),
};

/** What opens a simulator beside a key, by provider. */
const BESIDES: Readonly<Record<string, Partial<ProviderAccess>>> = {
  bedrock: { key: "", aws: { region: REGION, credentials: async () => CREDENTIALS } },
};

/** Vendors as servers on this machine, for trying every model without a key. */
export async function startSimulators(): Promise<{ providers: ProviderSettings; close(): Promise<void> }> {
  const started = await Promise.all(
    Object.entries(STARTS).map(async ([name, start]): Promise<[string, Simulator]> => [name, await start()]),
  );
  const access = started.map(([name, { url }]): [string, ProviderAccess] => [
    name,
    { key: KEY, baseUrl: url, simulated: true, ...BESIDES[name] },
  ]);
  return {
    providers: Object.fromEntries(access),
    close: async () => void (await Promise.all(started.map(([, simulator]) => simulator.close()))),
  };
}
