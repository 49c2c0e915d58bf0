import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "@infill/functions/testing";
import { expect, vi } from "vitest";
import { expectDocumented } from "../../stack/testing/documented.ts";
import { withHole } from "../../stack/testing/openai.ts";
import type { Bench } from "./bench.ts";
import type { Block } from "./blocks.ts";
import { read } from "./readers.ts";

/** A request as the page shows it, with uploads in place of `ast_…`, leads to an edit. */
export async function isRequest({ caller }: Bench, { code }: Block): Promise<void> {
  const { image, mask, ...rest } = JSON.parse(code);
  expect([image, mask]).toEqual(["ast_…", "ast_…"]);
  expect(await caller.edit({ prompt: undefined, ...rest, image: caller.image, mask: caller.white })).toMatchObject({
    status: "succeeded",
  });
}

/** Shell code that asks for an edit of uploads, and prints the answer: the job, held until its end. */
export async function asks(bench: Bench, { code }: Block): Promise<void> {
  const { image: IMAGE, white: MASK } = bench.caller;
  expect(JSON.parse(await bench.sh(code, { IMAGE, MASK, ORDER: "order-17" }))).toMatchObject({ status: "succeeded" });
}

/** What the shell code before it was answered, and kept in this file. */
export const isJobOf =
  (file: string) =>
  async (bench: Bench, { code }: Block): Promise<void> =>
    expectDocumented(JSON.parse(read(bench, file).toString()), JSON.parse(code));

/** A field of a job, which a list whose first model has no credit has. */
export async function isPartOfJob({ caller, simulators }: Bench, { code }: Block): Promise<void> {
  simulators.stability.behave({ refuse: "no-credit" });
  const model = ["stability/inpaint", "modelslab/inpaint"];
  const job = await caller.edit({ model, prompt: "a boat" }).finally(() => simulators.stability.behave({}));
  expectDocumented(job, JSON.parse(`{${code}}`));
}

/** A streamed answer, kept for the block that shows it. */
export async function streams(bench: Bench, { code }: Block): Promise<void> {
  writeFileSync(join(bench.folder, "hole.png"), await withHole());
  const { url: URL, apiKey: KEY } = bench;
  writeFileSync(join(bench.folder, "streamed.txt"), await bench.sh(code, { URL, KEY }));
}

export async function isStreamed(bench: Bench, { code }: Block): Promise<void> {
  const streamed = read(bench, "streamed.txt").toString();
  const [event = "", data = ""] = code.trim().split("\n").slice(-2);
  expect(streamed).toContain(`${event}\ndata: {`);
  const fields = [...data.matchAll(/"(\w+)":/g)].map(([, name]) => name);
  const answered = JSON.parse(/^data: (.*)$/m.exec(streamed)?.[1] ?? "");
  expect(Object.keys(answered).slice(0, fields.length)).toEqual(fields);
  // a comment comes every 15 seconds: functions/compat holds that on virtual time
  expect(code).toMatch(/^: .*\n/);
}

/** A delivery as the page shows it: no other headers of ours, and nothing in the body that does not come. */
export async function isDelivered({ caller }: Bench, { code }: Block): Promise<void> {
  await using receiver = await startReceiver([204]);
  await caller.edit({
    model: "local/fill",
    operation: "erase",
    prompt: undefined,
    webhook: receiver.url,
    metadata: { room: "42" },
  });
  await vi.waitUntil(() => receiver.received.length > 0, { timeout: 20_000 });
  const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
  const [head = "", shown = ""] = code.split("\n\n");
  const [request, ...lines] = head.split("\n");
  expect(request).toMatch(/^POST \S+ HTTP\/1\.1$/);
  expect(Object.keys(headers)).toEqual(expect.arrayContaining(lines.map((line) => line.split(":")[0])));
  expectDocumented(JSON.parse(body), JSON.parse(shown));
}

/** What an edit is answered that is dearer than its key's day allows. */
export async function isOverBudget(bench: Bench, { code }: Block): Promise<void> {
  const key = (await bench.sh("infill keys create --quiet --day 0.005")).trim();
  const answer = await bench.caller.ask({}, { key });
  const shown = JSON.parse(code) as { resetsAt: string };
  const refused = (await answer.json()) as object;
  expectDocumented(refused, shown);
  const { resetsAt, ...rest } = shown;
  expect(resetsAt).toMatch(/T00:00:00\.000Z$/);
  expect(refused).toMatchObject(rest);
}

/** What an edit is answered that is for a blocked user. */
export async function isBlocked(bench: Bench, { code }: Block): Promise<void> {
  await bench.sh("infill users block mallory");
  const refused = (await (await bench.caller.ask({ user: "mallory" })).json()) as object;
  expectDocumented(refused, JSON.parse(code));
  expect(refused).toMatchObject(JSON.parse(code));
}

/** What a report of a job is. */
export async function isReport(bench: Bench, { code }: Block): Promise<void> {
  const { id } = await bench.caller.edit();
  const answer = await bench.caller.api(`/v1/jobs/${id}/report`, { json: JSON.parse(code) });
  expect([answer.status, await answer.json()]).toEqual([201, expect.objectContaining(JSON.parse(code))]);
}

/** The head of the answer to a second write within the minute. */
export async function isOverRate(bench: Bench, { code }: Block): Promise<void> {
  const key = (await bench.sh("infill keys create --quiet --per-minute 1")).trim();
  const write = () => bench.caller.api("/v1/uploads", { key, json: { contentType: "image/png", contentLength: 4 } });
  // a minute may begin in between
  const answers = [await write(), await write(), await write()];
  const refused = answers.find(({ status }) => status === 429);
  const [status, ...headers] = code.trim().split("\n");
  expect(status).toBe("HTTP/1.1 429 Too Many Requests");
  const seconds = refused?.headers.get("retry-after") ?? "none";
  for (const header of headers) {
    const [name = "", value = ""] = header.split(": ");
    expect(refused?.headers.get(name), name).toBe(value.replace("42", seconds));
  }
}
