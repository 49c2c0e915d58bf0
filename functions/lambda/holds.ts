import type { Holds } from "@infill/core";
import { required, tableAddress } from "./environment.ts";
import { lazily } from "./lazily.ts";
import { clock } from "./system.ts";

/** This function's share of the account's concurrent Lambdas, for answers that are held. */
export const holds = (name: string): Holds =>
  lazily(async () =>
    (await import("@infill/aws/records")).createDynamoHolds({
      ...tableAddress(),
      clock,
      name,
      places: Number(required("HELD_ANSWERS")),
    }),
  );
