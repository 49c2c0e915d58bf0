import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createS3Objects } from "@infill/aws";
import { createAwsEngine } from "@infill/aws/engine";
import { createDynamoRecords } from "@infill/aws/records";
import { type Job, makeApiKey, type Objects, type Records, randomIds } from "@infill/core";
import type { KeyRules } from "@infill/functions/testing";
import { systemClock } from "@infill/local";
import { STORAGE_PATH, startLocalStorage } from "@infill/local/storage";
import { VirtualClock } from "@infill/local/testing";
import { type ModelsLabJob, type ModelsLabSimulator, type SentCallback, startModelsLab } from "@infill/simulators";
import { startDynoxide } from "../../packages/aws/src/testing/dynoxide.ts";
import { ACCESS_KEY, ACCOUNT, REGION } from "../offline/aws-outputs.ts";
import { allOf, find, functionNames } from "../offline/graph.ts";
import { createTable } from "../offline/table.ts";
import { concurrencyOf } from "./concurrency.ts";
import type { Deployment } from "./deployment.ts";
import { startEventBus } from "./event-bus.ts";
import { durableExecutions, type Executions } from "./executions.ts";
import { type DeployedFunction, deployFunction } from "./function.ts";
import { startFunctionUrl } from "./function-url.ts";
import { startGateway } from "./gateway.ts";
import { type Interference, startLambdaDoor } from "./lambda-door.ts";
import { startParameterDoor } from "./parameter-door.ts";
import { startQueueDoor } from "./queue-door.ts";
import { OPERATOR, type Rights, rightsOf } from "./rights.ts";
import { bucketOf, startStorageDoor } from "./storage-door.ts";
import { readStream, type StreamReader } from "./stream.ts";
import { startTableDoor } from "./table-door.ts";
import { countUsage, type Usage } from "./usage.ts";
import { hasWorker, startWorker } from "./worker.ts";

/**
 * The system running from its own deployment. Executions, their pauses and the provider live on a virtual
 * clock, which moves only when a test moves it; the functions' processes live in real time.
 */
export interface Deployed extends AsyncDisposable {
  /** Of the Worker where the deployment has one, of the gateway where it has none. */
  url: string;
  /** Of the drop-in entry. */
  compatUrl: string;
  /** A key of this tenant, made as an operator would: by a row. */
  newKey(tenant: string, rules?: KeyRules): Promise<string>;
  functions: Record<string, DeployedFunction>;
  inpaint: Executions;
  notify: Executions;
  stream: StreamReader;
  /** The table, seen by the operator. */
  records: Records;
  /** The bucket, seen by the operator. */
  objects: Objects;
  modelsLab: ModelsLabSimulator;
  rights: Rights;
  /** What would be billed, so far. */
  usage: Usage;
  /** What a test does to Lambda's API. */
  interference: Interference;
  /** What is in the queue for lost messages. */
  lost: unknown[];
  /** The environment of somebody who holds the account, for `infill … --stage production`. */
  operator: Record<string, string>;
  /** The most Lambdas there ever were at one time. */
  mostConcurrent(): number;
  /** Stops an execution, as somebody with a console would. */
  stop(executionArn: string): Promise<void>;
  /** Moves the virtual clock by so many ms. */
  elapse(ms: number): void;
  /**
   * Deploys the next build over this one. Durable functions get another version; executions stay with theirs.
   * @returns the executions of the new versions
   */
  upgrade(next: Deployment): Promise<{ inpaint: Executions; notify: Executions }>;
  /** Resolves when no function works, no callback is under way and the stream is read to its end. */
  quiet(): Promise<void>;
  /** Lets time pass until a job has ended. @throws Error when nothing is left to happen */
  finish(jobId: string): Promise<Job>;
  /** Lets time pass until this holds. @throws Error when nothing is left to happen */
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets time pass until work that talks to the gateway or the drop-in entry is done. */
  during<T>(work: Promise<T>): Promise<T>;
}

/** Whether a job is not due yet, or over with its callback answered where it has one. */
function isQuiet({ id, state, submit, behaviour, ...job }: ModelsLabJob, sent: readonly SentCallback[], now: number) {
  const due = job.acceptedAt + (behaviour.takesSeconds ?? job.etaSeconds) * 1000;
  if (state === "processing") return now < due;
  const calls = sent.filter(({ jobId }) => jobId === id);
  const callback = behaviour.callback ?? (behaviour.answer === "success" ? "never" : "once");
  const silent = submit.webhook === null || callback === "never";
  return (silent || calls.length > 0) && calls.every(({ status, failure }) => (status ?? failure) !== undefined);
}

/**
 * Starts everything that the graph describes.
 * @param internet hosts, besides ModelsLab's, and the origins on this machine at which they are
 * @param options.concurrent how many Lambdas the account may run at one time
 * @param options.slots how many edits ModelsLab is given at one time. A place that a lost or canceled edit keeps is kept
 *   by the functions' own clock, which nobody advances here: so many, that nobody waits for one
 */
export async function startDeployed(
  { graph, artifacts }: Deployment,
  internet: Record<string, string> = {},
  { concurrent = Number.POSITIVE_INFINITY, slots = 1000 }: { concurrent?: number; slots?: number } = {},
): Promise<Deployed> {
  const closing: (() => unknown)[] = [];
  const later = <T extends { close(): unknown }>(thing: T): T => {
    closing.push(() => thing.close());
    return thing;
  };
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };

  try {
    const clock = new VirtualClock(Date.now());
    const rights = rightsOf(graph);
    const usage = countUsage();
    const interference: { now: Interference } = { now: {} };
    const lost: unknown[] = [];

    const directory = await mkdtemp(join(tmpdir(), "infill-deployed-"));
    closing.push(() => rm(directory, { recursive: true, force: true }));
    const dynoxide = later(await startDynoxide());
    const storage = later(await startLocalStorage({ directory, bucket: bucketOf(graph), credentials: ACCESS_KEY }));
    const modelsLab = later(
      await startModelsLab({
        keys: [find(graph, "aws:ssm/parameter:Parameter", "ModelslabApiKeyParameter").inputs.value],
        publicUrl: "https://modelslab.com",
        time: { now: () => clock.now(), schedule: (ms, run) => clock.after(ms, run) },
      }),
    );
    const operator = { region: REGION, credentials: ACCESS_KEY, endpoint: dynoxide.endpoint };
    const table = await createTable(find(graph, "aws:dynamodb/table:Table", "RecordsTable"), operator);
    const records = createDynamoRecords({ table, client: operator, clock: systemClock });

    const tables = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/`;
    const tableDoor = later(await startTableDoor({ endpoint: dynoxide.endpoint, rights, tables, usage }));
    const storageDoor = later(await startStorageDoor(storage, rights, usage));
    const parameterDoor = later(await startParameterDoor(graph, rights));
    const queueDoor = later(await startQueueDoor(lost, { rights, now: () => clock.now() }));

    // functions and what they are told of each other: addresses are known once everyone listens
    const env: Record<string, string> = {};
    const concurrency = concurrencyOf(concurrent);
    const functions = Object.fromEntries(
      functionNames(graph).map((name) => [name, deployFunction(name, { graph, artifacts, concurrency, usage, env })]),
    );
    const functionAt = (nameOrArn: string): DeployedFunction => {
      const found = Object.values(functions).find(
        ({ name, arn }) => name === nameOrArn || arn === nameOrArn || arn.endsWith(`:${nameOrArn}`),
      );
      if (found === undefined) throw new Error(`The graph has no function ${nameOrArn}`);
      return found;
    };

    const bus = startEventBus(graph, functionAt, lost);
    const inpaint = durableExecutions(graph, functionAt("InpaintHandler"), clock, bus.put);
    const notify = durableExecutions(graph, functionAt("NotifyHandler"), clock, bus.put);
    /** Of every version there is. */
    const all = [inpaint, notify];
    closing.push(() => Promise.all(all.map((executions) => executions.close())));
    // before the engines, which wait for whoever works
    closing.push(() =>
      Promise.all([...Object.values(functions), ...all.map(({ target }) => target)].map((each) => each.kill("all"))),
    );
    const lambdaDoor = later(await startLambdaDoor({ all, rights, usage, interference: () => interference.now }));
    const gateway = later(
      await (hasWorker(graph) ? startWorker({ graph, artifacts, env }) : startGateway(graph, functionAt, usage)),
    );
    const compat = later(await startFunctionUrl(graph, functionAt));
    Object.assign(env, {
      PUBLIC_URL: gateway.url,
      AWS_ENDPOINT_URL_DYNAMODB: tableDoor.url,
      AWS_ENDPOINT_URL_S3: storageDoor.url + STORAGE_PATH.replace(/\/$/, ""),
      AWS_ENDPOINT_URL_LAMBDA: lambdaDoor.url,
      AWS_ENDPOINT_URL_SSM: parameterDoor.url,
      INFILL_INTERNET: JSON.stringify({ ...internet, "modelslab.com": modelsLab.url }),
      INFILL_SLOTS: JSON.stringify({ modelslab: slots }),
    });

    const [mapping, ...others] = allOf(graph, "aws:lambda/eventSourceMapping:EventSourceMapping");
    if (mapping === undefined || others.length > 0) throw new Error("The graph should have one event source mapping");
    const stream = readStream({
      endpoint: dynoxide.endpoint,
      table,
      mapping,
      target: functionAt(mapping.inputs.functionName),
      rights,
      lost: (batch) => void lost.push(batch),
    });
    const { stop } = createAwsEngine({
      region: REGION,
      endpoint: lambdaDoor.url,
      credentials: { ...ACCESS_KEY, sessionToken: OPERATOR },
      functions: { inpaint: inpaint.arn, notify: notify.arn },
      clock: systemClock,
    });

    const idle = () => Promise.all(all.map((executions) => executions.idle()));
    const quiet = async (): Promise<void> => {
      do {
        await idle();
        await modelsLab.until(() => modelsLab.jobs.every((job) => isQuiet(job, modelsLab.callbacks, clock.now())));
      } while ((await stream.poll()) > 0);
      await idle();
    };
    const step = async (): Promise<boolean> => {
      await quiet();
      const moved = clock.advanceToNext();
      clock.advance(0); // and whatever else is due at that moment
      return moved;
    };

    const until: Deployed["until"] = async (holds) => {
      while (!(await holds())) {
        if (!(await step()) && !(await holds())) throw new Error("Nothing is left to happen");
      }
    };

    return {
      url: gateway.url,
      compatUrl: compat.url,
      functions,
      inpaint,
      notify,
      stream,
      records,
      objects: createS3Objects(storage),
      modelsLab,
      rights,
      usage,
      get interference() {
        return interference.now;
      },
      set interference(next) {
        interference.now = next;
      },
      mostConcurrent: concurrency.most,
      lost,
      operator: {
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: ACCESS_KEY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secretAccessKey,
        AWS_SESSION_TOKEN: OPERATOR,
        AWS_ENDPOINT_URL_DYNAMODB: tableDoor.url,
        AWS_ENDPOINT_URL_LAMBDA: lambdaDoor.url,
        AWS_ENDPOINT_URL_SQS: queueDoor.url,
        AWS_ENDPOINT_URL_SSM: parameterDoor.url,
      },
      stop,
      async upgrade(next) {
        const version = 1 + all.length / 2;
        const publish = (name: string): Executions => {
          const published = deployFunction(name, { ...next, concurrency, usage, env, version });
          functions[name] = published;
          return durableExecutions(next.graph, published, clock, bus.put, version);
        };
        const upgraded = { inpaint: publish("InpaintHandler"), notify: publish("NotifyHandler") };
        all.push(upgraded.inpaint, upgraded.notify);
        const others = Object.values(functions).filter(({ name }) => !name.endsWith("Handler"));
        await Promise.all(others.map((each) => each.deploy(next)));
        return upgraded;
      },
      elapse: (ms) => clock.advance(ms),
      quiet,
      async newKey(tenant, rules) {
        const { row, text } = makeApiKey(randomIds, systemClock, { tenant, name: "test", ...rules });
        await records.putKey(row);
        return text;
      },
      until,
      async finish(jobId) {
        const ended = async () => (await records.getJob(jobId))?.finishedAt !== undefined;
        await until(ended);
        const job = await records.getJob(jobId);
        if (job === undefined) throw new Error(`There is no job ${jobId}`);
        return job;
      },
      async during(work) {
        let over = false;
        const ended = work.finally(() => {
          over = true;
        });
        ended.catch(() => {});
        while (!over) {
          // who holds an answer looks into the table now and then
          if (!(await step())) await Promise.race([ended, gateway.answered(), tableDoor.answered()]);
        }
        return ended;
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
