import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { changedOutside, mask, photo, type Receiver } from "@infill/functions/testing";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectDocumented } from "./testing/documented.ts";
import { during } from "./testing/openai.ts";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

const run = promisify(execFile);
const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

interface Printed {
  language: string;
  code: string;
}
const blocksOf = (page: string): Printed[] =>
  [...page.matchAll(/```(\w+)\n(.*?)\n```/gs)].map(([, language = "", code = ""]) => ({ language, code }));

const PRINTED = blocksOf(read("testing/modelslab-page.md"));
const printed = (language: string): string => PRINTED.find((block) => block.language === language)?.code ?? "";
/** The answer of the page, whose fields clients read. */
const DOCUMENTED = JSON.parse(printed("response")) as Record<string, unknown> & { meta: Record<string, unknown> };

const INPAINT = "https://modelslab.com/api/v6/image_editing/inpaint";
const post = async (address: string, body: string): Promise<unknown> => {
  const headers = { "Content-Type": "application/json" };
  return (await fetch(address, { method: "POST", headers, body })).json();
};
/** The address that a code names, after it was changed to this stack's. */
const addressIn = (code: string): string => /http:\/\/[\w.:]+\/api\/v6\/image_editing\/inpaint/.exec(code)?.[0] ?? "";

/** Runs what is printed as its reader would, and gives the answer it gets. */
const RUN: Readonly<Record<string, (code: string, base: string) => Promise<unknown>>> = {
  /** The body alone, with the page's first line of a request. */
  async json(code, base) {
    const address = INPAINT.replace("https://modelslab.com", base);
    const header = "Content-Type: application/json";
    const { stdout } = await run("curl", ["-s", "--request", "POST", address, "-H", header, "--data", code]);
    return JSON.parse(stdout);
  },
  js: (code) =>
    new Promise((resolve, reject) => {
      const log = (text: unknown, error?: unknown) =>
        error === undefined ? resolve(JSON.parse(String(text))) : reject(error);
      runInNewContext(code, { fetch, Headers, console: { log } });
    }),
  /** There may be no PHP here: its array is read as what it is, JSON with other signs. */
  php(code) {
    const [, fields = ""] = /\$payload = \[(.*?)\];/s.exec(code) ?? [];
    return post(addressIn(code), `{${fields.replaceAll("=>", ":")}}`);
  },
  /** With as much of the package `request`, which is not kept up any more, as the example calls. */
  node: (code) =>
    new Promise((resolve, reject) => {
      type Done = (error: unknown, response?: { body: string }) => void;
      const request = (
        { method, url, headers, body }: Record<"method" | "url" | "body", string> & RequestInit,
        done: Done,
      ) =>
        void fetch(url, { method, headers: headers ?? {}, body })
          .then((answer) => answer.text())
          .then((text) => done(null, { body: text }), done);
      const log = (text: string) => resolve(JSON.parse(text));
      const require = (name: string) => (name === "request" ? request : reject(new Error(`there is no ${name}`)));
      runInNewContext(code, { require, console: { log } });
    }),
  async python(code) {
    const { stdout } = await run("python3", ["-c", code]);
    return JSON.parse(stdout);
  },
  /** A Java text is written as a JSON text is. */
  java(code) {
    const [, text = ""] = /RequestBody\.create\(mediaType, ("(?:[^"\\]|\\.)*")\)/.exec(code) ?? [];
    return post(addressIn(code), JSON.parse(text));
  },
};
const missing: Readonly<Record<string, boolean>> = {
  python: spawnSync("python3", ["-c", "import requests"]).status !== 0,
  json: spawnSync("curl", ["--version"]).status !== 0,
};

let t: TestStack;
let receiver: Receiver;
beforeAll(async () => {
  const [picture, hole] = await Promise.all([photo(), mask()]);
  t = await startTestStack({
    // both the page's pictures and those of the docs: whatever is called a mask is one
    fetchPicture: async (url) => (/mask\.png$/.test(url) ? hole : picture),
  });
  receiver = await t.receiver([200]);
});
afterAll(async () => {
  await t[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

describe("what ModelsLab's page prints runs here, with the address and the key changed", () => {
  const here = (code: string) =>
    code
      .replaceAll("https://modelslab.com", t.stack.url)
      .replace(/(\\?"key\\?"\s*(?::|=>)\s*\\?")(\\?")/, (_, before, after) => `${before}${t.stack.apiKey}${after}`);

  test("every example is among them", () => {
    expect(PRINTED.map(({ language }) => language)).toEqual([...Object.keys(RUN), "response"]);
  });

  for (const { language, code } of PRINTED.filter((block) => block.language !== "response"))
    test.skipIf(missing[language])(`in ${language}`, async () => {
      const answer = await during(t, RUN[language]?.(here(code), t.stack.url) ?? Promise.reject());
      // a seed that nobody gave is not known here
      expectDocumented(answer, DOCUMENTED, ["answer.meta.seed"]);
      expect(answer).toMatchObject({
        status: "success",
        meta: {
          H: 512,
          W: 512,
          init_image: DOCUMENTED.meta["init_image"],
          mask_image: DOCUMENTED.meta["mask_image"],
          prompt: "a cat sitting on a bench",
          guidance_scale: 5,
          strength: 0.7,
          safetychecker: "no",
        },
      });
      const [link = ""] = (answer as { output: string[] }).output;
      expect(await changedOutside(await photo(), await (await fetch(link)).bytes())).toBe(0);
    });
});

describe("the code of docs/modelslab.md runs", () => {
  const [asking = "", polling = ""] = blocksOf(read("../../../../docs/modelslab.md")).map(({ code }) => code);
  const runs = (code: string, context: object) =>
    runInNewContext(`(async () => { ${code} })()`, {
      fetch,
      process: { env: { INFILL_API_KEY: t.stack.apiKey } },
      ...context,
    });
  const ours = (code: string) =>
    code.replaceAll("http://localhost:8787", t.stack.url).replaceAll("https://example.com/edited", receiver.url);

  test("asking, and being told", async () => {
    const answer = await during(t, runs(`${ours(asking)}\nreturn { status, id, output };`, {}));
    const { status, id, output } = answer as { status: string; id: number; output: string[] };
    expect(status).toBe("success");
    expect(await sharp(await (await fetch(output[0] ?? "")).bytes()).metadata()).toMatchObject({ format: "png" });
    await t.advanceUntil(() => receiver.received.length > 0);
    expect(JSON.parse(receiver.received[0]?.body ?? "{}")).toMatchObject({ status: "success", id, track_id: 42 });
  });

  test("asking after it", async () => {
    t.modelsLab.behave({ etaSeconds: 100, takesSeconds: 100 });
    // the reader's timer, on the stack's time
    const setTimeout = (then: () => void, ms: number) => void t.clock.sleep(ms).then(then);
    const code = `${ours(asking).replace("a cat", "another cat")}\n${ours(polling)}\nreturn { held: status, ended };`;
    const { held, ended } = (await t.during(runs(code, { setTimeout }))) as {
      held: string;
      ended: { status: string; output: string[] };
    };
    expect([held, ended.status, ended.output.length]).toEqual(["processing", "success", 1]);
  });
});
