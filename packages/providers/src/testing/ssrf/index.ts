export { type Attempt, ssrfCorpus, tryEach } from "./corpus.ts";
export { type Network, startNetwork } from "./network.ts";
