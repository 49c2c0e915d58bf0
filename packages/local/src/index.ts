export { createLocalEngine, type HistoryEntry, type LocalEngine, type LocalEngineOptions } from "./engine/engine.ts";
export type { Execution } from "./engine/store.ts";
export type { Timers } from "./engine/timers.ts";
export { createLocalProvider, localModels } from "./fill/provider.ts";
export { createSqliteRecords, type LocalRecords } from "./records/index.ts";
export { type LocalStorage, proxyStorage, STORAGE_PATH, startLocalStorage } from "./storage/index.ts";
export { systemClock } from "./system-clock.ts";
