import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the server got it. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** Answers instead of the usual answer; `undefined` leaves it to the usual one. */
export type Rule = (seen: Seen, res: ServerResponse) => true | undefined;

export const JOB_ID = `job_${"0".repeat(26)}`;
export const RESULT_BYTES = Buffer.from("the finished picture");

/** A job as the API shows it, succeeded unless told otherwise. */
export const jobView = (patch: Record<string, unknown> = {}) => ({
  id: JOB_ID,
  object: "job",
  status: "succeeded",
  progress: 1,
  model: "local/fill",
  operation: "erase",
  metadata: {},
  createdAt: "2026-01-01T00:00:00.000Z",
  deadlineAt: "2026-01-01T00:15:00.000Z",
  attempts: 1,
  edit: { crop: "auto", grow: 0, feather: 0, maskConvention: "white" },
  results: [
    {
      index: 0,
      contentType: "image/png",
      bytes: RESULT_BYTES.length,
      width: 2,
      height: 2,
      fidelity: {
        outsidePixels: 3,
        changedOutside: 0,
        maxDifferenceOutside: 0,
        providerDrift: { changedShare: 0, meanDifference: 0 },
        crop: { x: 0, y: 0, width: 2, height: 2 },
      },
    },
  ],
  warnings: [],
  timings: { totalMs: 1200 },
  cost: { currency: "USD", estimateMicroUsd: 0, amountMicroUsd: 0, state: "settled" },
  ...patch,
});

export const running = { status: "running", phase: "submitted", progress: 0.4, results: [] };

/**
 * The API and its storage as one small server that always succeeds, but for the rules a test adds: what
 * a real stack does not do when it is asked to – lose an answer, be busy, let a URL expire.
 */
export async function startFakeApi(...rules: Rule[]) {
  const seen: Seen[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = "", url: path = "", headers } = req;
    const one = { method, path, headers, body: Buffer.concat(chunks) };
    seen.push(one);
    if (!rules.some((rule) => rule(one, res))) usual(one, res, url);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    seen,
    /** What was asked for, as `METHOD /path`. */
    calls: () => seen.map(({ method, path }) => `${method} ${path}`),
    bodyOf: (method: string, path: string): unknown => {
      const found = seen.find((one) => one.method === method && one.path === path);
      return found && JSON.parse(found.body.toString());
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export function json(res: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): true {
  res.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  return true;
}

/** A refusal as the API words it. */
export const problem = (
  res: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): true => json(res, status, { type: "urn:infill:problem:x", title: "x", status, ...body }, headers);

const MODEL = { object: "model", available: true, mask: { convention: "white", soft: true } };
const MODELS = [
  {
    ...MODEL,
    id: "vendor/paint",
    replace: { prompt: "required" },
    erase: { how: "prompt" },
    sizes: { kind: "list", sizes: [{ width: 512, height: 512 }] },
    price: { perResult: 40_000 },
  },
  {
    ...MODEL,
    id: "local/fill",
    replace: { prompt: "ignored" },
    erase: { how: "native" },
    sizes: { kind: "range", min: 16, max: 1536, multipleOf: 1 },
    price: { perResult: 0 },
  },
];

function usual({ method, path, body }: Seen, res: ServerResponse, url: string): void {
  const signed = (id: string) => ({ id, method: "PUT", url: `${url}/storage/${id}`, headers: { "x-exact": id } });
  const [, id = ""] = /^\/v1\/uploads\/(\w+)/.exec(path) ?? [];
  if (method === "PUT") res.end();
  else if (path === "/v1/models") json(res, 200, { object: "list", data: MODELS });
  else if (path === "/v1/uploads") {
    const { uploads } = JSON.parse(body.toString()) as { uploads: { purpose: string }[] };
    json(res, 201, { object: "list", uploads: uploads.map(({ purpose }) => signed(`ast_${purpose}`)) });
  } else if (path.endsWith("/renew")) json(res, 200, signed(id));
  else if (id) json(res, 200, { id, status: "received" });
  else if (path === "/v1/inpaint") json(res, 202, jobView(running), { "retry-after": "1" });
  else if (path.includes("/results/")) res.writeHead(302, { location: "/storage/result" }).end();
  else if (path === "/storage/result") res.writeHead(200, { "content-type": "image/png" }).end(RESULT_BYTES);
  else if (path === `/v1/jobs/${JOB_ID}`) json(res, 200, jobView(), { "preference-applied": "wait=1" });
  else problem(res, 404, { code: "not_found", detail: "There is nothing at this address", retryable: false });
}
