import {
  startBedrock,
  startBfl,
  startFal,
  startIdeogram,
  startModelsLab,
  startOneMin,
  startOpenAi,
  startStability,
  systemTime,
  type Time,
} from "@infill/simulators";
import { endAll, startAll } from "./closing.ts";
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

/** What a simulator starts with: its clock, and a number that no other run began with. */
interface Beginning {
  time: Time;
  startedAt: number;
}

/**
 * Every vendor's simulator, by provider. Records outlive a simulator, and a provider's id belongs to one job
 * for ever: each begins where none has been.
 */
const SIMULATORS = {
  modelslab: ({ time, startedAt }: Beginning) =>
    startModelsLab({ keys: [KEY], time, firstId: Math.floor(startedAt / 100) }),
  "1min": ({ time, startedAt }: Beginning) => startOneMin({ keys: [KEY], time, randomSeed: startedAt }),
  openai: ({ time }: Beginning) => startOpenAi({ keys: [KEY], time }),
  stability: ({ time }: Beginning) => startStability({ keys: [KEY], time }),
  ideogram: ({ time }: Beginning) => startIdeogram({ keys: [KEY], time }),
  bfl: ({ time, startedAt }: Beginning) => startBfl({ keys: [KEY], time, randomSeed: startedAt }),
  fal: ({ time, startedAt }: Beginning) => startFal({ keys: [KEY], time, randomSeed: startedAt }),
  bedrock: ({ time }: Beginning) => startBedrock({ credentials: [CREDENTIALS], region: REGION, time }),
};

export type Simulators = { [Name in keyof typeof SIMULATORS]: Awaited<ReturnType<(typeof SIMULATORS)[Name]>> };

/** Vendors as servers on this machine, for trying every model without a key: all of them, or none. */
export async function startSimulators(
  time: Time = systemTime,
): Promise<{ providers: ProviderSettings; simulators: Simulators; close(): Promise<void> }> {
  const beginning = { time, startedAt: Date.now() };
  const started = await startAll(
    Object.entries(SIMULATORS).map(([name, start]) => async () => {
      const simulator: Simulator = await start(beginning);
      return { name, simulator, close: () => simulator.close() };
    }),
  );
  const access = ({ name, simulator: { url } }: (typeof started)[number]): [string, ProviderAccess] => [
    name,
    { key: KEY, baseUrl: url, simulated: true, ...BESIDES[name] },
  ];
  return {
    simulators: Object.fromEntries(started.map(({ name, simulator }) => [name, simulator])) as Simulators,
    providers: Object.fromEntries(started.map(access)),
    close: () => endAll(started.map(({ close }) => close)),
  };
}
