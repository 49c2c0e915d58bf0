import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { limitsAccess } from "./http-suite/access.ts";
import { blocksUsers } from "./http-suite/blocking.ts";
import { refusesBodies } from "./http-suite/bodies.ts";
import { servesBrowsers } from "./http-suite/browsers.ts";
import { keepsBudgets } from "./http-suite/budgets.ts";
import { receivesCallbacks } from "./http-suite/callbacks.ts";
import { cancelsJobs } from "./http-suite/canceling.ts";
import { keepsDeadlines } from "./http-suite/deadlines.ts";
import { deletesJobs } from "./http-suite/deleting.ts";
import { editsThroughModelsLab } from "./http-suite/editing.ts";
import { registersEndpoints } from "./http-suite/endpoints.ts";
import { estimatesEdits } from "./http-suite/estimates.ts";
import { listsEvents } from "./http-suite/events.ts";
import { joinsRepeatedRequests } from "./http-suite/idempotency.ts";
import { showsJobs } from "./http-suite/jobs.ts";
import { listsModels } from "./http-suite/models.ts";
import { refusesPictures } from "./http-suite/pictures.ts";
import { refusesRequests } from "./http-suite/refusals.ts";
import { takesReports } from "./http-suite/reporting.ts";
import { givesResults } from "./http-suite/results.ts";
import { guardsStorage } from "./http-suite/storage.ts";
import { keepsStrangersOut } from "./http-suite/strangers.ts";
import { holdsTokens } from "./http-suite/tokens.ts";
import { signsUploads } from "./http-suite/uploads.ts";
import { showsUsage } from "./http-suite/usage.ts";
import { holdsAnswers } from "./http-suite/waiting.ts";
import { tellsWebhooks } from "./http-suite/webhooks.ts";
import type { Runtime } from "./runtime.ts";

type Part = (runtime: () => Runtime) => void;

const PARTS: readonly Part[] = [
  signsUploads,
  guardsStorage,
  refusesRequests,
  refusesBodies,
  refusesPictures,
  keepsStrangersOut,
  showsJobs,
  holdsAnswers,
  joinsRepeatedRequests,
  cancelsJobs,
  givesResults,
  listsModels,
  estimatesEdits,
  servesBrowsers,
  editsThroughModelsLab,
  receivesCallbacks,
  keepsDeadlines,
  keepsBudgets,
  tellsWebhooks,
  registersEndpoints,
  listsEvents,
  blocksUsers,
  takesReports,
  deletesJobs,
  limitsAccess,
  holdsTokens,
  showsUsage,
];

/** Those whose answers depend on what is served when, at which price, and on days and months. */
const DATED: readonly Part[] = [
  refusesRequests,
  listsModels,
  estimatesEdits,
  editsThroughModelsLab,
  keepsDeadlines,
  keepsBudgets,
  holdsTokens,
  showsUsage,
];

/**
 * What the HTTP API keeps to on every runtime. Each part calls with tenants of its own, so that all of
 * them, and whoever else is there, share one runtime.
 */
export const describeHttp = (name: string, start: () => Promise<Runtime>): void => describeParts(name, start, PARTS);

/** What it keeps to at another time, where that may matter. */
export const describeDatedHttp = (name: string, start: () => Promise<Runtime>): void =>
  describeParts(name, start, DATED);

function describeParts(name: string, start: () => Promise<Runtime>, parts: readonly Part[]): void {
  describe(`the HTTP API: ${name}`, () => {
    let started: Runtime | undefined;
    beforeAll(async () => {
      started = await start();
    });
    afterAll(() => started?.[Symbol.asyncDispose]());
    // work that a test left behind would fill the vendor's queue
    afterEach(async () => {
      const unfinished = started?.modelsLab.jobs.filter(({ state }) => state === "processing") ?? [];
      for (const { id } of unfinished) await started?.modelsLab.release(id);
      await started?.quiet();
    });

    const runtime = (): Runtime => {
      if (started === undefined) throw new Error("The runtime did not start");
      return started;
    };
    for (const part of parts) part(runtime);
  });
}
