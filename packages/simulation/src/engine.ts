import type { WorkflowName } from "@infill/core";
import type { Operation } from "./durable.ts";
import { MemoryDurable } from "./durable.ts";
import { Process } from "./process.ts";
import type { World } from "./world.ts";

/** One workflow at work, and all that is remembered of it. */
export interface Execution {
  id: string;
  workflow: WorkflowName;
  name: string;
  payload: Record<string, string>;
  status: "running" | "succeeded" | "failed" | "stopped";
  operations: Operation[];
  invocations: number;
  process?: Process;
}

export interface EngineOptions {
  world: World;
  /** Runs a workflow in a process. */
  run(execution: Execution, durable: MemoryDurable): Promise<void>;
  /** An execution failed or was stopped. */
  onEnded(execution: Execution): void;
  /** A step that runs once is run again after all: what must never be. */
  runsAgain?: boolean;
}

/** Share of executions that somebody stops, where anything breaks at all. */
const STOPPED = 0.02;
/** ms until a process that died is replaced, at most. */
const REPLACED_MS = 4000;

/** The durable engine: executions by name, each in one process at a time, begun anew from what it remembers. */
export class MemoryEngine {
  readonly #options: EngineOptions;
  readonly #executions = new Map<string, Execution>();
  readonly #tokens = new Map<string, () => boolean>();

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  get executions(): Iterable<Execution> {
    return this.#executions.values();
  }

  /** @throws Error when another payload goes by the name already */
  start(workflow: WorkflowName, name: string, payload: Record<string, string>): void {
    const key = `${workflow} ${name}`;
    const there = this.#executions.get(key);
    if (there !== undefined) {
      if (JSON.stringify(there.payload) !== JSON.stringify(payload)) throw new Error(`${key} has another payload`);
      return;
    }
    const execution: Execution = {
      id: `arn:aws:lambda:eu-central-1:1:function:${workflow}:1/durable-execution/${name}/1`,
      workflow,
      name,
      payload,
      status: "running",
      operations: [],
      invocations: 0,
    };
    this.#executions.set(key, execution);
    const { world } = this.#options;
    this.wake(execution, world.draw.whole(`start ${key}`, 1, 500));
    if (workflow !== "inpaint" || world.faultRate === 0) return;
    world.after(world.draw.whole(`stop ${key}`, 1, 60_000), () => {
      if (execution.status !== "running" || !world.breaks(`stopped ${key}`, STOPPED)) return;
      world.say(() => `somebody stops the execution ${name}`);
      this.#end(execution, "stopped");
    });
  }

  /** @returns false when the token is unknown or used up */
  complete(token: string): boolean {
    return this.#tokens.get(token)?.() ?? false;
  }

  /** Makes a token; it may be completed while `complete` says so. */
  keep(token: string, complete: () => boolean): void {
    this.#tokens.set(token, complete);
  }

  /** Goes on in a new process, some ms from now, unless one is at work. */
  wake(execution: Execution, ms: number): void {
    this.#options.world.after(ms, () => {
      if (execution.status === "running" && execution.process === undefined) this.#invoke(execution);
    });
  }

  #invoke(execution: Execution): void {
    const { world, run, runsAgain = false } = this.#options;
    execution.invocations += 1;
    const name = `${execution.workflow} ${execution.name} #${execution.invocations}`;
    const process = new Process(world, name, (how) => {
      delete execution.process;
      if (how === "crashed") this.wake(execution, world.draw.whole(`replace ${name}`, 100, REPLACED_MS));
    });
    execution.process = process;
    const durable = new MemoryDurable(this, execution, process, runsAgain);
    process.run(
      () => run(execution, durable),
      (outcome) => this.#end(execution, "error" in outcome ? "failed" : "succeeded"),
    );
  }

  #end(execution: Execution, status: "succeeded" | "failed" | "stopped"): void {
    execution.status = status;
    execution.process?.die();
    delete execution.process;
    if (status !== "succeeded") this.#options.onEnded(execution);
  }
}
