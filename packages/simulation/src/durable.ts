import { type Durable, type DurableValue, StepInterrupted } from "@infill/core";
import { frozen } from "./copy.ts";
import type { Execution, MemoryEngine } from "./engine.ts";
import { DEATHS, type Process } from "./process.ts";

/** What an execution remembers of one operation. */
export interface Operation {
  kind: "step" | "callback" | "wait";
  name: string;
  status: "new" | "started" | "retrying" | "succeeded" | "failed";
  attempts: number;
  /** When it is retried, or its time is up. */
  dueAt?: number;
  value?: DurableValue;
  error?: { interrupted: boolean; message: string };
  token?: string;
  completed?: boolean;
  /** Who waits for it in the process at work. */
  heard?: (() => void) | undefined;
}

/** What a step threw, as an engine remembers it. */
export class StepFailed extends Error {
  override readonly name = "StepError";
}

const ATTEMPTS = 5;

/**
 * The durable operations of one process. What was done before it is remembered; what it waits for outlives it.
 * A checkpoint that does not get through ends the process.
 */
export class MemoryDurable implements Durable {
  readonly executionId: string;
  readonly #engine: MemoryEngine;
  readonly #execution: Execution;
  readonly #process: Process;
  readonly #runsAgain: boolean;
  #position = 0;

  constructor(engine: MemoryEngine, execution: Execution, process: Process, runsAgain: boolean) {
    this.executionId = execution.id;
    this.#engine = engine;
    this.#execution = execution;
    this.#process = process;
    this.#runsAgain = runsAgain;
  }

  async step<T extends DurableValue>(
    name: string,
    run: () => Promise<T>,
    semantics: "retried" | "once" = "retried",
  ): Promise<T> {
    const step = this.#next("step", name);
    if (step.status === "succeeded") return step.value as T;
    if (step.status === "failed") throw failureOf(step);
    if (step.status === "retrying") await this.#until(step);
    if (semantics === "once" && !this.#runsAgain) {
      if (step.status === "started") await this.#fail(step, new StepInterrupted(`The process died inside ${name}`));
      await this.#checkpoint(`begin ${name}`, () => {
        step.status = "started";
      });
    }
    let value: T;
    try {
      value = await run();
    } catch (error) {
      return await this.#threw(step, semantics, error);
    }
    const kept = frozen(value);
    await this.#checkpoint(`end ${name}`, () => {
      step.status = "succeeded";
      step.value = kept;
    });
    return kept;
  }

  async callback(name: string, timeoutSeconds: number) {
    const callback = this.#next("callback", name);
    if (callback.status === "new") {
      await this.#checkpoint(`callback ${name}`, () => {
        callback.status = "started";
        callback.token = `token ${this.#execution.name} ${name}`;
        callback.dueAt = this.#process.world.now + timeoutSeconds * 1000;
        const settle = (completed: boolean) => {
          if (callback.status !== "started") return false;
          callback.status = "succeeded";
          callback.completed = completed;
          this.#wake(callback);
          return true;
        };
        this.#engine.keep(callback.token, () => settle(true));
        this.#process.world.after(timeoutSeconds * 1000, () => settle(false));
      });
    }
    const settled = this.#done(callback).then(() =>
      callback.completed ? ("completed" as const) : ("timed-out" as const),
    );
    return { token: callback.token ?? "", settled };
  }

  async wait(name: string, seconds: number): Promise<void> {
    const wait = this.#next("wait", name);
    if (wait.status === "new") {
      await this.#checkpoint(`wait ${name}`, () => {
        wait.status = "started";
        this.#process.world.after(seconds * 1000, () => {
          wait.status = "succeeded";
          this.#wake(wait);
        });
      });
    }
    await this.#done(wait);
  }

  #next(kind: Operation["kind"], name: string): Operation {
    const { operations } = this.#execution;
    const there = operations[this.#position];
    if (there !== undefined && (there.kind !== kind || there.name !== name))
      throw new Error(`a replay came to ${kind} ${name}, where ${there.kind} ${there.name} was before`);
    const operation = there ?? { kind, name, status: "new" as const, attempts: 0 };
    operations[this.#position++] = operation;
    operation.heard = undefined;
    return operation;
  }

  #checkpoint(what: string, effect: () => void): Promise<void> {
    return this.#process.ask(what, effect, { faults: DEATHS });
  }

  async #threw<T>(step: Operation, semantics: "retried" | "once", error: unknown): Promise<T> {
    const { world } = this.#process;
    if (semantics === "once" || step.attempts + 1 >= ATTEMPTS) return await this.#fail(step, error);
    await this.#checkpoint(`retry ${step.name}`, () => {
      step.status = "retrying";
      step.attempts += 1;
      const ms = 1000 * 2 ** (step.attempts - 1);
      step.dueAt = world.now + ms;
      world.after(ms, () => this.#wake(step));
    });
    return await never();
  }

  async #fail<T>(step: Operation, error: unknown): Promise<T> {
    const interrupted = error instanceof StepInterrupted;
    await this.#checkpoint(`fail ${step.name}`, () => {
      step.status = "failed";
      step.error = { interrupted, message: error instanceof Error ? error.message : String(error) };
    });
    throw failureOf(step);
  }

  /** Waits in this process until it is put away, unless it is time. */
  async #until(step: Operation): Promise<void> {
    if ((step.dueAt ?? 0) > this.#process.world.now) await never();
  }

  #done(operation: Operation): Promise<void> {
    if (operation.status === "succeeded") return Promise.resolve();
    return new Promise((resolve) => {
      const process = this.#process;
      operation.heard = () => process.world.after(0, resolve, process);
    });
  }

  #wake(operation: Operation): void {
    operation.heard?.();
    // also where a process is there: it may be put away at this very moment, before it hears
    this.#engine.wake(this.#execution, 1);
  }
}

/** Until the process is put away, for it waits for nothing else. */
const never = <T>(): Promise<T> => new Promise(() => {});

const failureOf = ({ error }: Operation): Error =>
  error?.interrupted ? new StepInterrupted(error.message) : new StepFailed(error?.message);
