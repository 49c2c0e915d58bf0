import { startModelsLab } from "@infill/simulators";
import type { ProviderAccess, ProviderSettings } from "./stack/providers.ts";

/** Not a secret: it opens a simulator on this machine. */
const KEY = "simulated";

/** Vendors as servers on this machine, for trying every model without a key. */
export async function startSimulators(): Promise<{ providers: ProviderSettings; close(): Promise<void> }> {
  const modelsLab = await startModelsLab({ keys: [KEY] });
  const access: ProviderAccess = { key: KEY, baseUrl: modelsLab.url, simulated: true };
  return { providers: { modelslab: access }, close: () => modelsLab.close() };
}
