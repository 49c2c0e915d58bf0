import { startModelsLab } from "@infill/simulators";
import type { ProviderAccess, ProviderSettings } from "./stack/providers.ts";

/** Not a secret: it opens a simulator on this machine. */
const KEY = "simulated";

/** Vendors as servers on this machine, for trying every model without a key. */
export async function startSimulators(): Promise<{ providers: ProviderSettings; close(): Promise<void> }> {
  // records outlive a simulator, and a provider's id belongs to one job for ever: begin where none has been
  const modelsLab = await startModelsLab({ keys: [KEY], firstId: Math.floor(Date.now() / 100) });
  const access: ProviderAccess = { key: KEY, baseUrl: modelsLab.url, simulated: true };
  return { providers: { modelslab: access }, close: () => modelsLab.close() };
}
