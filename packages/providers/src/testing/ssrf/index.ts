export { type Attempt, ssrfCorpus } from "./corpus.ts";
export { type Network, startNetwork } from "./network.ts";
