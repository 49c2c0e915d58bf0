import {
  type Clock,
  callbackToken,
  type Engine,
  endUserHash,
  type Ids,
  type Log,
  type Objects,
  type Provider,
  type Records,
  type WorkflowDeps,
} from "@infill/core";
import type { WebhookDeps } from "@infill/functions/webhook";
import { catalogue } from "./models.ts";
import { namingPixels } from "./pictures.ts";
import { portOf } from "./port-of.ts";
import type { Process } from "./process.ts";
import { KEYRING } from "./secrets.ts";
import type { Site } from "./site.ts";

/** Where code runs now: what it calls is this site's, and breaks as this process does. */
export interface Place {
  site: Site;
  process: Process;
}

export interface BaseDeps {
  records: Records;
  objects: Objects;
  engine: Engine;
  clock: Clock;
  ids: Ids;
  log: Log;
}

/** What every process has. Looked up at each call, so that what was built of it serves one process after another. */
export function baseDeps(place: Place): BaseDeps {
  const records = portOf<Records>(
    () => place.site.records,
    (method, effect) => place.process.ask(method, effect),
  );
  const write = (message: string, fields?: Record<string, unknown>) => place.site.law.logged(message, fields);
  return {
    records: place.site.mutant?.port?.(records, place) ?? records,
    objects: portOf<Objects>(
      () => place.site.objects,
      (method, effect) => place.process.ask(method, effect),
    ),
    engine: {
      start: (workflow, name, payload) =>
        place.process.ask(`start ${workflow}`, () => place.site.engine.start(workflow, name, payload)),
      complete: (token) => place.process.ask("complete", () => place.site.engine.complete(token)),
    },
    clock: {
      now: () => place.process.now(),
      sleep: (ms, signal) => place.process.clock.sleep(ms, signal),
    },
    ids: {
      make: (prefix) => place.process.ids.make(prefix),
      secret: () => place.process.ids.secret(),
    },
    log: { info: write, warn: write, error: write },
  };
}

export const webhookDeps = (place: Place): WebhookDeps => ({ ...baseDeps(place), keyring: KEYRING });

export function workflowDeps(place: Place): WorkflowDeps {
  const { site } = place;
  const adapters = [...site.vendors].map(([name, vendor]): [string, Provider] => {
    const adapter = vendor.adapter(() => place.process);
    return [name, site.mutant?.provider?.(adapter, place) ?? adapter];
  });
  const moderation = site.moderator?.adapter(() => place.process);
  return {
    ...baseDeps(place),
    moderation: moderation && (site.mutant?.moderation?.(moderation) ?? moderation),
    catalogue: { ...catalogue, slots: (provider) => site.slots.get(provider) },
    providers: new Map(adapters),
    pixels: async () => namingPixels,
    callbackUrl: (provider, jobId, attempt, deadlineAt) =>
      `https://infill.example/webhooks/${provider}/${callbackToken(KEYRING, provider, jobId, attempt, deadlineAt)}`,
    endUser: (...user) => endUserHash(KEYRING, ...user),
  };
}
