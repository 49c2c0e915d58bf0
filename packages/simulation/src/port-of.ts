import type { AtOnce } from "./records.ts";

/**
 * The port that calls a store, method by method.
 * @param store looked up at each call
 */
export function portOf<Port extends object>(
  store: () => AtOnce<Port>,
  call: <T>(method: string, effect: () => T) => Promise<T>,
): Port {
  return new Proxy({} as Record<string, unknown>, {
    get: (made, method) => {
      if (typeof method !== "string") return undefined;
      made[method] ??= (...args: unknown[]) => {
        const methods = store() as unknown as Record<string, (...args: unknown[]) => unknown>;
        return call(method, () => methods[method]?.(...args));
      };
      return made[method];
    },
  }) as Port;
}

/** A port with some methods of its own. */
export const overriding = <Port extends object>(port: Port, own: Partial<Port>): Port =>
  Object.assign(Object.create(port), own);
