import { parseArgs } from "node:util";

export interface Arguments {
  count: number;
  seed: number;
  help: boolean;
}

/** What follows a command: how many, by the name it has there, and of which seed. @throws Error saying what is allowed */
export function readArguments(args: string[], name: string, count: number): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      [name]: { type: "string", default: String(count) },
      seed: { type: "string", default: String(Math.floor(Date.now() / 86_400_000)) },
      help: { type: "boolean", default: false },
    },
  });
  const [many, seed] = [Number(String(values[name]).replaceAll(",", "")), Number(values["seed"])];
  if (!Number.isSafeInteger(many) || many < 1) throw new Error(`--${name} takes a whole number from 1`);
  if (!Number.isSafeInteger(seed)) throw new Error("--seed takes a whole number");
  return { count: many, seed, help: values["help"] === true };
}
