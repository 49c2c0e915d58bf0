import { inpaintWorkflow, type Moderation, notifyWorkflow, type Provider, type Records } from "@infill/core";
import { expireHandler } from "@infill/functions/expire";
import { signWebhook } from "@infill/functions/sign-webhook";
import { type Execution, MemoryEngine } from "./engine.ts";
import { postWebhook } from "./hooks.ts";
import { Law } from "./law.ts";
import { VENDORS, type VendorName } from "./models.ts";
import { Moderator } from "./moderator.ts";
import { Network } from "./network.ts";
import { MemoryObjects } from "./objects.ts";
import { baseDeps, type Place, workflowDeps } from "./ports.ts";
import { Process } from "./process.ts";
import { MemoryRecords } from "./records.ts";
import { startRelay } from "./relay.ts";
import { KEYRING, SECRETS } from "./secrets.ts";
import { Vendor } from "./vendor.ts";
import { type Settings, World } from "./world.ts";

/** A request to the receiver of callbacks. */
export interface CallbackRequest {
  path: string;
  body: string;
}

/** A mistake that somebody could make in the product, made here around it. */
export interface Mutant {
  /** What is wrong, in words. */
  words: string;
  records?: () => MemoryRecords;
  /** In place of the port to the records that a process has. */
  port?: (port: Records, place: Place) => Records;
  runsAgain?: true;
  provider?: (provider: Provider, place: Place) => Provider;
  moderation?: (moderation: Moderation) => Moderation;
  /** What the receiver makes of a request: another one, or an answer. */
  receiver?: (request: CallbackRequest, site: Site) => CallbackRequest | number;
}

/** One deployment in a world of its own: the product's own code, on ports that break. */
export class Site {
  readonly world: World;
  readonly mutant: Mutant | undefined;
  readonly records: MemoryRecords;
  readonly objects: MemoryObjects;
  readonly engine: MemoryEngine;
  readonly vendors: ReadonlyMap<VendorName, Vendor>;
  readonly law: Law;
  readonly network: Network;
  readonly moderator: Moderator | undefined;
  /** How many edits at a time each vendor is asked for; absent = any number. */
  readonly slots: ReadonlyMap<string, number>;

  constructor(settings: Settings, mutant?: Mutant) {
    const world = new World(settings);
    this.world = world;
    this.mutant = mutant;
    this.records = mutant?.records?.() ?? new MemoryRecords();
    this.objects = new MemoryObjects(world);
    this.law = new Law(this);
    const names = Object.keys(VENDORS) as VendorName[];
    this.vendors = new Map(names.map((name) => [name, new Vendor(world, name, this.law)]));
    this.network = new Network(this);
    this.moderator = Moderator.of(world);
    this.slots = new Map(
      names.flatMap((name): [string, number][] => {
        const places = world.draw.of(`places with ${name}`, [undefined, undefined, 1, 2]);
        return places === undefined ? [] : [[name, places]];
      }),
    );
    this.engine = new MemoryEngine({
      world,
      run: (execution, durable) => {
        const place = { site: this, process: execution.process as Process };
        return execution.workflow === "inpaint"
          ? inpaintWorkflow(durable, workflowDeps(place), execution.payload as { jobId: string })
          : notifyWorkflow(
              durable,
              {
                ...baseDeps(place),
                links: { keyring: KEYRING, publicUrl: "https://infill.example" },
                post: postWebhook(place),
                webhookSecrets: () => [SECRETS.webhook],
                sign: signWebhook,
              },
              execution.payload as { eventId: string },
            );
      },
      onEnded: (execution) => execution.workflow === "inpaint" && this.#expire(execution, 1),
      ...(mutant?.runsAgain ? { runsAgain: true } : {}),
    });
    const relay = startRelay(this);
    this.records.watch = {
      job: (after, before) => {
        this.law.changed(after, before);
        if (before === undefined) relay({ kind: "job", id: after.id });
      },
      event: (event) => {
        this.law.told(event);
        relay({ kind: "event", id: event.id });
      },
    };
  }

  /** The event of an execution's end comes until it is heard. */
  #expire(execution: Execution, time: number): void {
    const { world } = this;
    const again = () => this.#expire(execution, time + 1);
    const name = `expire ${execution.name} #${time}`;
    world.after(world.draw.whole(name, 10, 10_000), () => {
      const process = new Process(world, name, again);
      const place: Place = { site: this, process };
      const handler = expireHandler(baseDeps(place));
      const event = { detail: { durableExecutionArn: execution.id, status: execution.status.toUpperCase() } };
      process.run(
        () => handler(event),
        (outcome) => "error" in outcome && again(),
      );
    });
  }
}
