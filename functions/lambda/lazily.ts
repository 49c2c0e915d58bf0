/**
 * A port that is loaded when it is first asked for something: a function's start is most of a short
 * invocation, and most invocations need one port of three. For ports whose methods all answer with a
 * promise.
 *
 * @param load called once; what it throws is thrown by the call that needed it, and the next tries again
 * @example
 * const records = lazily(async () => (await import("./records.ts")).open());
 */
export function lazily<Port extends object>(load: () => Promise<Port>): Port {
  let loaded: Promise<Port> | undefined;
  const port = (): Promise<Port> => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
  return new Proxy({} as Port, {
    get(_, method) {
      if (method === "then") return undefined; // a port is no promise: it can be awaited, and stays what it is
      return async (...call: unknown[]) =>
        ((await port()) as Record<PropertyKey, (...call: unknown[]) => unknown>)[method]?.(...call);
    },
  });
}
