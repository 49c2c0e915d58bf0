import {
  InvokeCommand,
  LambdaClient,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SeenRequest, startLambdaStandIn } from "../testing/lambda-stand-in.ts";
import { createAwsEngine } from "./index.ts";

const credentials = { accessKeyId: "AKIALOCAL", secretAccessKey: "secretsecret" };
const region = "eu-west-1";
const functions = { inpaint: "infill-inpaint:7", notify: `arn:aws:lambda:${region}:123456789012:function:notify:live` };
const ARN = `arn:aws:lambda:${region}:123456789012:function:infill-inpaint:7/durable-execution/job_1/0a-1b`;
const TOKEN = "Ab3+/=()*'!~ token";

let lambda: Awaited<ReturnType<typeof startLambdaStandIn>>;
let pauses: number[];
beforeEach(async () => {
  lambda = await startLambdaStandIn(credentials.secretAccessKey);
  pauses = [];
});
afterEach(() => lambda.close());

const clock = {
  now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  sleep: async (ms: number) => {
    pauses.push(ms);
  },
};
const makeEngine = (options: Partial<Parameters<typeof createAwsEngine>[0]> = {}) =>
  createAwsEngine({ region, endpoint: lambda.endpoint, credentials, functions, clock, random: () => 0.5, ...options });
const start = () => makeEngine().start("inpaint", "job_1", { jobId: "job_1" });

/** What Lambda acts on: all of a request but its signature and the sender's name for itself. */
const meaning = ({ method, url, headers, body }: SeenRequest) => {
  const aside = /^x-amz-(date|content-sha256|user-agent|security-token)$/;
  const ours = Object.entries(headers).filter(([name]) => name.startsWith("x-amz-") && !aside.test(name));
  return { method, url, headers: Object.fromEntries(ours), body };
};

describe("the engine on AWS", () => {
  test("asks Lambda what Amazon's own client asks", async () => {
    const engine = makeEngine();
    await engine.start("inpaint", "job_1", { jobId: "job_1" });
    await engine.start("notify", "evt_1", { eventId: "evt_1" });
    await engine.complete(TOKEN);
    await engine.stop(ARN);
    const ours = lambda.seen.splice(0).map(meaning);

    const client = new LambdaClient({ region, endpoint: lambda.endpoint, credentials });
    const invoke = (FunctionName: string, DurableExecutionName: string, payload: object) =>
      new InvokeCommand({
        FunctionName,
        DurableExecutionName,
        InvocationType: "Event",
        Payload: Buffer.from(JSON.stringify(payload)),
      });
    await client.send(invoke(functions.inpaint, "job_1", { jobId: "job_1" }));
    await client.send(invoke(functions.notify, "evt_1", { eventId: "evt_1" }));
    await client.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId: TOKEN }));
    await client.send(new StopDurableExecutionCommand({ DurableExecutionArn: ARN }));
    expect(ours).toEqual(lambda.seen.map(meaning));

    expect(ours[0]).toEqual({
      method: "POST",
      url: "/2015-03-31/functions/infill-inpaint%3A7/invocations",
      headers: { "x-amz-invocation-type": "Event", "x-amz-durable-execution-name": "job_1" },
      body: '{"jobId":"job_1"}',
    });
  });

  test("signs with the credentials of the moment, and is refused with others", async () => {
    let sessionToken = "first";
    const engine = makeEngine({ credentials: async () => ({ ...credentials, sessionToken }) });
    await engine.complete("token");
    sessionToken = "second";
    await engine.complete("token");
    expect(lambda.seen.map(({ headers }) => headers["x-amz-security-token"])).toEqual(["first", "second"]);
    expect(lambda.seen[0]?.headers).toMatchObject({ "x-amz-date": "20260102T030405Z" });

    const stranger = makeEngine({ credentials: { ...credentials, secretAccessKey: "other" } });
    await expect(stranger.complete("token")).rejects.toMatchObject({
      code: "internal",
      retryable: false,
      message: "Lambda refused completing a pause: 403 InvalidSignatureException",
    });
  });

  test("finds Lambda by its region", async () => {
    const urls: string[] = [];
    const fetch = async (url: unknown) => {
      urls.push(String(url));
      return new Response(null, { status: 202 });
    };
    for (const region of ["us-east-1", "cn-north-1"])
      await createAwsEngine({ region, credentials, functions, clock, fetch }).complete("token");
    expect(urls.map((url) => new URL(url).host)).toEqual([
      "lambda.us-east-1.amazonaws.com",
      "lambda.cn-north-1.amazonaws.com.cn",
    ]);
  });

  test.each(["infill-inpaint", `arn:aws:lambda:${region}:123456789012:function:inpaint`])(
    "takes no function without a version: %s",
    (inpaint) => {
      expect(() => makeEngine({ functions: { ...functions, inpaint } })).toThrow(
        `A durable function is named with its version or alias, as in "${inpaint}:1", not "${inpaint}"`,
      );
    },
  );
});

describe("starting an execution", () => {
  test("sends equal payloads as equal bytes, whatever the order of their keys", async () => {
    await makeEngine().start("inpaint", "job_1", { b: "2", a: "1" });
    await makeEngine().start("inpaint", "job_1", { a: "1", b: "2" });
    expect(lambda.seen.map(({ body }) => body)).toEqual(['{"a":"1","b":"2"}', '{"a":"1","b":"2"}']);
  });

  test("is asked for again, the very same, when Lambda throttles, breaks or hangs up", async () => {
    lambda.willAnswer({ status: 429, exception: "TooManyRequestsException" }, { status: 500 }, { hangUp: true });
    await start();
    expect(new Set(lambda.seen.map((request) => JSON.stringify(meaning(request)))).size).toBe(1);
    expect(lambda.seen).toHaveLength(4);
    expect(pauses).toEqual([50, 100, 200]);
  });

  test("is asked for again when the connection breaks behind an answer's head", async () => {
    lambda.willAnswer({ hangUp: "midway" }, { status: 500, hangUp: "midway" });
    await start();
    expect(lambda.seen).toHaveLength(3);
    expect(pauses).toEqual([50, 100]);
  });

  test("waits as long as Lambda asks, unless that is longer than a caller would", async () => {
    const throttled = { status: 429, exception: "TooManyRequestsException" };
    lambda.willAnswer({ ...throttled, headers: { "retry-after": "3" } });
    await start();
    expect(pauses).toEqual([3000]);

    lambda.willAnswer({ ...throttled, headers: { "retry-after": "60" } });
    await expect(start()).rejects.toMatchObject({ status: 503, options: { retryAfterSeconds: 60 } });
    expect(pauses).toEqual([3000]);
  });

  test("fails with a time to come again when Lambda never answers", async () => {
    lambda.willAnswer({ hangUp: true }, { hangUp: true }, { hangUp: true }, { hangUp: true });
    await expect(start()).rejects.toMatchObject({
      code: "internal",
      status: 503,
      retryable: true,
      message: "Lambda cannot be used right now for starting inpaint job_1: no answer",
      options: { retryAfterSeconds: 1 },
    });
  });

  test("is refused when the name was used with another payload", async () => {
    lambda.willAnswer({ status: 409, exception: "DurableExecutionAlreadyStartedException" });
    await expect(start()).rejects.toMatchObject({ code: "idempotency_mismatch" });
    expect(lambda.seen).toHaveLength(1);
  });

  test("is not tried again when Lambda refuses it", async () => {
    lambda.willAnswer({ status: 404, exception: "ResourceNotFoundException" });
    await expect(start()).rejects.toMatchObject({
      retryable: false,
      message: "Lambda refused starting inpaint job_1: 404 ResourceNotFoundException",
    });
    expect(lambda.seen).toHaveLength(1);
  });

  test("does not take a broken credentials source for a silent Lambda", async () => {
    const broken = async () => {
      throw new Error("no credentials");
    };
    await expect(makeEngine({ credentials: broken }).complete("token")).rejects.toThrow("no credentials");
    expect(pauses).toEqual([]);
  });
});

describe("completing a pause", () => {
  test("is true once Lambda took it", async () => {
    expect(await makeEngine().complete("token")).toBe(true);
  });

  test.each([
    [400, "CallbackTimeoutException"],
    [404, "ResourceNotFoundException"],
    [400, "InvalidParameterValueException"],
  ])("is false for a token nobody waits on: %i %s", async (status, exception) => {
    lambda.willAnswer({ status, exception });
    expect(await makeEngine().complete("token")).toBe(false);
  });

  test("fails when we may not, so that nobody takes it for a used token", async () => {
    lambda.willAnswer({ status: 403, exception: "AccessDeniedException" });
    await expect(makeEngine().complete("token")).rejects.toMatchObject({ code: "internal" });
  });
});

describe("stopping an execution", () => {
  test("that is not there is done already", async () => {
    lambda.willAnswer({ status: 404, exception: "ResourceNotFoundException" });
    await makeEngine().stop(ARN);
    lambda.willAnswer({ status: 403, exception: "AccessDeniedException" });
    await expect(makeEngine().stop(ARN)).rejects.toMatchObject({ code: "internal" });
  });
});
