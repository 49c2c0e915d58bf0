import { afterAll, beforeAll, describe } from "vitest";
import type { Records } from "../ports.ts";
import { keepsBlocks } from "./records-contract/blocks.ts";
import { keepsCallbacks } from "./records-contract/callbacks.ts";
import { cancelsJobs } from "./records-contract/canceling.ts";
import { claimsJobs } from "./records-contract/claiming.ts";
import { createsJobs } from "./records-contract/creating.ts";
import { endsJobs } from "./records-contract/ending.ts";
import { keepsEndpoints } from "./records-contract/endpoints.ts";
import { erasesJobs } from "./records-contract/erasing.ts";
import { keepsEvents } from "./records-contract/events.ts";
import { keepsKeysAndAssets } from "./records-contract/keys-and-assets.ts";
import { keepsLimits } from "./records-contract/limits.ts";
import { listsJobs } from "./records-contract/listing.ts";
import { keepsBudgets } from "./records-contract/money.ts";
import { keepsProviderHealth } from "./records-contract/provider-health.ts";
import { keepsReplays } from "./records-contract/replays.ts";
import { keepsReports } from "./records-contract/reporting.ts";
import { givesSlots } from "./records-contract/slots.ts";
import { updatesJobs } from "./records-contract/updating.ts";
import { keepsBooks } from "./records-contract/usage.ts";

export interface RecordsUnderTest {
  records: Records;
  close(): Promise<void>;
}

/**
 * What every {@link Records} keeps to. Every test makes tenants and ids of its own and nothing is
 * emptied, so that a table which others use at the same time does.
 */
export function describeRecords(name: string, makeRecords: () => Promise<RecordsUnderTest>): void {
  describe(`records: ${name}`, () => {
    let under: RecordsUnderTest;
    beforeAll(async () => {
      under = await makeRecords();
    });
    afterAll(() => under.close());

    const records = () => under.records;
    createsJobs(records);
    claimsJobs(records);
    updatesJobs(records);
    cancelsJobs(records);
    endsJobs(records);
    keepsEvents(records);
    keepsEndpoints(records);
    erasesJobs(records);
    keepsReports(records);
    keepsBudgets(records);
    keepsLimits(records);
    keepsBooks(records);
    givesSlots(records);
    listsJobs(records);
    keepsCallbacks(records);
    keepsReplays(records);
    keepsProviderHealth(records);
    keepsKeysAndAssets(records);
    keepsBlocks(records);
  });
}
