import { rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { startHttp } from "@infill/providers/testing/servers";
import { expect, vi } from "vitest";
import type { Bench } from "./bench.ts";
import { type Block, textOf } from "./blocks.ts";
import { isEdited, paint, read, SAMPLE, startBackend } from "./readers.ts";

/** Code, of a shell or of Node, whose edit of the sample photo is this file. */
export const edits =
  (result: string) =>
  async (bench: Bench, { language, code }: Block): Promise<void> => {
    rmSync(join(bench.folder, result), { force: true }); // of another page
    for (const name of ["photo.png", "photo.jpg"]) writeFileSync(join(bench.folder, name), read(bench, SAMPLE.photo));
    writeFileSync(join(bench.folder, "mask.png"), read(bench, SAMPLE.mask));
    await (language === "sh" ? bench.sh(code) : bench.node(code));
    await isEdited(bench, read(bench, result));
  };

/** Code that goes on with the job of `JOB_ID`, and prints how it ended and a link. */
export async function resumes(bench: Bench, { code }: Block): Promise<void> {
  const { id, results } = await bench.caller.edit({ model: "local/fill", prompt: undefined });
  const [status, link = ""] = (await bench.node(code, { JOB_ID: id })).trim().split(" ");
  expect(status).toBe("succeeded");
  expect(new URL(link).pathname).toBe(new URL(results[0]?.link ?? "").pathname);
}

/** JavaScript, as far as can be told without running it. @throws SyntaxError */
export async function isWellFormed(code: string): Promise<void> {
  stripTypeScriptTypes(code);
}

/** The last line that a program printed. */
const told = <T>(printed: string): T => JSON.parse(printed.trim().split("\n").at(-1) ?? "") as T;

/** What a phone has, with as much of Expo's file system as uploads. */
const PHONE = `
import { readFileSync, statSync } from "node:fs";
const picked = (path: string) => ({ uri: path, mimeType: "image/png", fileSize: statSync(path).size, size: statSync(path).size });
const photo = picked("${SAMPLE.photo}");
const drawing = picked("painted.png");
const kept = new Map<string, string>();
const AsyncStorage = { setItem: (name: string, value: string) => void kept.set(name, value), getItem: async (name: string) => kept.get(name)! };
let progressed = 0, picture = "";
const setProgress = (share: number) => { progressed = share; };
const session = { "x-session": "ann" };
const setPicture = (link: string) => { picture = link; };
const FileSystem = {
  FileSystemSessionType: { BACKGROUND: 0 },
  createUploadTask: (url: string, uri: string, { headers, httpMethod }: { httpMethod: string; headers: Record<string, string> }) => ({
    uploadAsync: () => fetch(url, { method: httpMethod, headers, body: readFileSync(uri) }),
    cancelAsync: async () => {},
  }),
};
`;

/** The page's code on what stands for a phone, and what the page says of a killed app. */
export async function inExpo(bench: Bench, { code }: Block): Promise<void> {
  await using backend = await startBackend(bench);
  await paint(bench);
  const ours = code
    .replace(/^import \* as FileSystem .*\n/m, "")
    .replace("https://my-backend.example.com", backend.origin);
  const [, resume = ""] = /`(await infill\.resume\(.*?\))`/.exec(textOf("docs/mobile.md")) ?? [];
  const answer = `
const { job, results: [again] } = ${resume};
console.log(JSON.stringify({ progressed, picture, resumed: again.link, user: job.user }));`;
  const { progressed, picture, resumed, user } = told<
    Record<"picture" | "resumed" | "user", string> & { progressed: number }
  >(await bench.node(`${PHONE}${ours}${answer}`));
  expect({ progressed, user }).toEqual({ progressed: 1, user: "ann" });
  expect(new URL(resumed).pathname).toBe(new URL(picture).pathname);
  await isEdited(bench, await (await fetch(picture)).bytes());
}

/** What a web page has. */
const PAGE = `
import { openAsBlob } from "node:fs";
const photo = await openAsBlob("${SAMPLE.photo}", { type: "image/png" });
const mask = await openAsBlob("${SAMPLE.mask}", { type: "image/png" });
const { signal } = new AbortController();
const fetchTokenFromYourBackend = async () => process.env.INFILL_API_KEY!;
const picture = { src: "" };
const remembered: string[] = [], phases: string[] = [];
const remember = (id: string) => remembered.push(id);
const show = (phase: string) => phases.push(phase);
const offerToTryAgain = () => { throw new Error("it failed"); };
`;

export async function inApp(bench: Bench, { code }: Block): Promise<void> {
  const answer = "console.log(JSON.stringify({ link: picture.src, remembered, last: phases.at(-1) }));";
  const { link, remembered, last } = told<{ link: string; remembered: string[]; last: string }>(
    await bench.node(`${PAGE}${code}${answer}`),
  );
  expect(remembered).toEqual([expect.stringMatching(/^job_/)]);
  expect(last).toBe("done");
  await isEdited(bench, await (await fetch(link)).bytes());
}

/** A test of somebody's, with the submits that the page leaves out: the rules hold for them in turn. */
export async function simulates(bench: Bench, { code }: Block): Promise<void> {
  await using outside = await startHttp((request, response) => {
    request.resume();
    response.end(request.url === "/hook" ? "" : read(bench, `packages/cli/sample${request.url}`));
  });
  const submits = `
const submit = (prompt: string) =>
  fetch(\`\${modelsLab.url}/api/v6/image_editing/inpaint\`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key: "test-key", prompt, init_image: "${outside.origin}/coffee.png",
      mask_image: "${outside.origin}/mask.png", width: 512, height: 512, webhook: "${outside.origin}/hook" }),
  }).then(({ status }) => status, () => "reset");
const said: unknown[] = [];
for (const prompt of ["a cat", "a dog", "a dog", "a dog"]) said.push(await submit(prompt));
console.log(JSON.stringify(said));`;
  const ours = code.replace(/^\/\/ … submit to .*$/m, submits);
  expect(told(await bench.node(ours))).toEqual(["reset", 429, 429, 200]);
}

/** The page's receiver is told of an edit, and believes only what is signed. */
export async function receives(bench: Bench, { code }: Block): Promise<void> {
  const port = await freePort();
  const remember = "const remember = async ({ id, status }) => console.log(id, status);";
  const once = "response.writeHead(204).end(() => process.exit())";
  const ours = code.replace("3000", String(port)).replace("response.writeHead(204).end()", once);
  const ended = bench.node(remember + ours, { WEBHOOK_SECRET: bench.webhookSecret });
  const address = `http://localhost:${port}/edited`;
  const forged = await vi.waitFor(() => fetch(address, { method: "POST", body: "{}" }), { timeout: 20_000 });
  expect(forged.status).toBe(400);
  const job = await bench.caller.edit({ model: "local/fill", prompt: undefined, webhook: address });
  expect(await ended).toBe(`${job.id} succeeded\n`);
}

/** The page's backend mints for whoever is signed in, and for nobody else. */
export async function mints(bench: Bench, { code }: Block): Promise<void> {
  const port = await freePort();
  const signedIn = 'const whoIsSignedIn = async ({ headers }) => headers["x-session"];\n';
  const once =
    "response.writeHead(answer.status, { connection: 'close' }).end(await answer.text(), () => process.exit())";
  const last = /response\.writeHead\(answer\.status.*\)(?=;)/;
  expect(code).toMatch(last);
  const ended = bench.node(signedIn + code.replace("3000", String(port)).replace(last, once));
  const ask = (headers: Record<string, string>) => fetch(`http://localhost:${port}`, { headers });
  const stranger = await vi.waitFor(() => ask({}), { timeout: 20_000 });
  expect(stranger.status).toBe(401);
  const { token } = (await (await ask({ "x-session": "ann" })).json()) as { token: string };
  await ended;
  expect(await (await bench.caller.api("/v1/me", { key: token })).json()).toMatchObject({
    kind: "token",
    user: "ann",
    models: ["stable-image"],
    limits: [
      { unit: "jobs", limit: 5 },
      { unit: "microUsd", limit: 250_000 },
      { unit: "uploads", limit: 36 },
    ],
  });
}

export async function freePort(): Promise<number> {
  await using server = await startHttp(() => {});
  return server.port;
}
