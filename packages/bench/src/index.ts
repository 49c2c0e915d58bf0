import { api } from "./api.ts";
import type { Benchmark } from "./benchmark.ts";
import { coldstart } from "./coldstart.ts";
import { fill } from "./fill.ts";
import { load } from "./load.ts";
import { pixels } from "./pixels.ts";
import { presign } from "./presign.ts";

/** In the order they run: what is easily disturbed first, what leaves the most behind last. */
export const benchmarks: readonly Benchmark[] = [presign, api, coldstart, pixels, fill, load];
