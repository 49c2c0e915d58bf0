export { STORAGE_CORS } from "./cors.ts";
export { proxyStorage } from "./proxy.ts";
export { type LocalStorage, type LocalStorageOptions, STORAGE_PATH, startLocalStorage } from "./storage.ts";
