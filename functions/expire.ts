import {
  type Clock,
  type Engine,
  expireJob,
  type Ids,
  jobOfExecutionName,
  type Log,
  type Records,
  type Removal,
} from "@infill/core";

/** Of a status change of an execution: https://docs.aws.amazon.com/lambda/latest/dg/durable-monitoring.html */
export interface ExecutionEnded {
  detail: { durableExecutionArn: string; status: string };
}

/**
 * Ends the job of an execution that failed, timed out or was stopped, so that no caller polls a dead
 * job and no reservation leaks. Idempotent: a job that has ended stays as it is.
 *
 * @throws Error when the event names no execution, and whatever the records throw: the event comes again
 */
export const expireHandler =
  (deps: { records: Records; objects: Removal; engine: Engine; clock: Clock; ids: Ids; log: Log }) =>
  async ({ detail: { durableExecutionArn, status } }: ExecutionEnded): Promise<void> => {
    const job = jobOfExecution(durableExecutionArn);
    deps.log.warn("an execution ended early", { job: job.id, status });
    await expireJob(deps, job);
  };

/**
 * `…:function:{name}:{version}/durable-execution/{execution name}/{id}`
 * @returns which job it was started for
 * @throws Error when it is no such ARN
 */
export function jobOfExecution(arn: string): ReturnType<typeof jobOfExecutionName> {
  const name = /\/durable-execution\/([\w-]+)\/[\w-]+$/.exec(arn)?.[1];
  if (name === undefined) throw new Error(`This is not the ARN of a durable execution: ${arn}`);
  return jobOfExecutionName(name);
}
