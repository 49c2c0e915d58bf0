/** A local stack in a process of its own, to be killed: options as JSON in, address as JSON out. */
import { startStack } from "../stack.ts";

const stack = await startStack(JSON.parse(process.argv[2] ?? "{}"));
process.send?.({ url: stack.url, apiKey: stack.apiKey });
