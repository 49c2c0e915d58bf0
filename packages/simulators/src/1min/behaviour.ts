import type { LinkFault } from "../files.ts";
import type { RuleOf } from "../rulebook.ts";
import type { RefusalName } from "./refusals.ts";

/** How one submit, and the work that it may make, are treated. Everything left out is as the defaults say. */
export interface OneMinBehaviour {
  /** Default `truth`. `success`: the finished record even where `async` was asked for. `unnamed`: work without a uuid. */
  answer?: "truth" | "success" | "unnamed";
  /** Refuses the submit; takes nothing. */
  refuse?: RefusalName;
  /** How the work ends; default `success`. `unsafe`: every picture is flagged; `one-unsafe`: the first one is. */
  outcome?: "success" | "failure" | "unsafe" | "one-unsafe" | "empty";
  /** When asynchronous work ends, in seconds; default 2. `Infinity` waits for `release(id)`. */
  takesSeconds?: number;
  /** How often the work is asked after before it can be seen: each time `{"aiRecord":null}`. Default 0. */
  unseen?: number;
  /** Where the first picture's link stands; default `record`. */
  temporaryUrl?: "record" | "root" | "absent";
  /**
   * How the pictures that `temporaryUrl` is not for can be had, which the vendor does not document. Default
   * `assets`: under the assets' own address, which here is the simulator's. `bucket`: beside the first, unsigned.
   * `links`: `resultObject` holds links. `none`: not at all.
   */
  others?: "assets" | "bucket" | "links" | "none";
  /** Faults of every link to its pictures. */
  links?: LinkFault;
  /** How `POST /api/assets` is answered; only as the simulator's own behaviour. Default `path`. */
  upload?: "path" | "key" | "location" | "nothing" | RefusalName;
}

export type OneMinRule = RuleOf<OneMinBehaviour>;
