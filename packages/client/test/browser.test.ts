import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { changedOutside, mask, photo } from "@infill/functions/testing";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startTestStack, type TestStack } from "../../cli/src/stack/testing/test-stack.ts";
import type { createInfill } from "../src/index.ts";
import { type Installed, installPacked } from "./packed.ts";

/** Debian's, or whichever `CHROMIUM` names. Where there is none these tests are skipped, unless it is named. */
const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const there = process.env["CHROMIUM"] !== undefined || existsSync(CHROMIUM);

/** What the page has: the packed module's client, and two pictures that were picked in it. */
interface Screen {
  client: ReturnType<typeof createInfill>;
  image: Blob;
  hole: Blob;
}
type InPage = typeof globalThis & {
  packed: typeof import("../src/index.ts");
  screen: Screen;
  elapse(ms: number): Promise<void>;
};
const PAGE = `<!doctype html><title>An app</title>
<script type="module">import * as packed from "/client.js"; globalThis.packed = packed;</script>`;

describe.skipIf(!there)(`the packed client, in ${CHROMIUM}, on a page of another origin`, () => {
  let t: TestStack;
  let installed: Installed;
  let browser: Browser;
  let site: { url: string; close(): void };
  let image: Buffer;
  let hole: Buffer;

  beforeAll(async () => {
    const flags = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    [t, installed, browser, image, hole] = await Promise.all([
      startTestStack(),
      installPacked(),
      chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", ...flags] }),
      photo(),
      mask(),
    ]);
    site = await serve({
      "/": ["text/html", PAGE],
      "/client.js": ["text/javascript", await readFile(installed.path)],
      "/photo.png": ["image/png", image],
      "/mask.png": ["image/png", hole],
    });
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
    await installed?.[Symbol.asyncDispose]();
    await t?.[Symbol.asyncDispose]();
  });

  async function open(): Promise<Page> {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.exposeFunction("elapse", async (ms: number) => {
      t.elapse(ms);
      await t.quiet();
    });
    await page.goto(site.url);
    await page.evaluate(
      async ({ baseUrl, apiKey }) => {
        const here = globalThis as InPage;
        const client = here.packed.createInfill({
          baseUrl,
          apiKey,
          sleep: (ms) => here.elapse(ms),
        });
        const picked = async (path: string) => (await fetch(path)).blob();
        Object.defineProperty(here, "screen", {
          value: { client, image: await picked("/photo.png"), hole: await picked("/mask.png") },
        });
      },
      { baseUrl: t.stack.url, apiKey: t.stack.apiKey },
    );
    return page;
  }

  test("uploads with progress, waits and downloads", async () => {
    const page = await open();
    const { job, bytes, uploading } = await page.evaluate(async () => {
      const { client, image, hole } = (globalThis as InPage).screen;
      const shares: number[] = [];
      const edited = await client.edit({
        model: "local/fill",
        operation: "erase",
        image,
        mask: hole,
        onProgress: ({ phase, progress }) => phase === "uploading" && shares.push(progress),
      });
      const result = await edited.results[0]?.data();
      return { job: edited.job, bytes: [...(result ?? [])], uploading: shares };
    });
    expect(job).toMatchObject({ status: "succeeded", model: "local/fill" });
    expect(await changedOutside(image, new Uint8Array(bytes))).toBe(0);
    // by XMLHttpRequest: more than that it began
    expect(uploading.length).toBeGreaterThan(1);
    expect(uploading).toEqual(uploading.toSorted((a, b) => a - b));
  });

  test("shows a result by its link, as an image of the page", async () => {
    const page = await open();
    const size = await page.evaluate(async () => {
      const { client, image, hole } = (globalThis as InPage).screen;
      const { results } = await client.edit({ model: "local/fill", operation: "erase", image, mask: hole });
      const shown = new Image();
      shown.src = results[0]?.link ?? "";
      await shown.decode();
      return [shown.naturalWidth, shown.naturalHeight];
    });
    expect(size).toEqual([320, 240]);
  });

  test("stops waiting when it is told to, and goes on in another page", async () => {
    const [first, second] = [await open(), await open()];
    const { code, begun } = await first.evaluate(async () => {
      const { client, image, hole } = (globalThis as InPage).screen;
      const stop = new AbortController();
      let id = "";
      const onJob = (job: string) => {
        id = job;
        stop.abort();
      };
      const edit = client.edit({
        model: "local/fill",
        operation: "erase",
        image,
        mask: hole,
        signal: stop.signal,
        onJob,
      });
      const why = await edit.then(String, (error: { code: string }) => error.code);
      return { code: why, begun: id };
    });
    expect(code).toBe("aborted");
    const status = await second.evaluate(
      async (id) => (await (globalThis as InPage).screen.client.resume(id)).job.status,
      begun,
    );
    expect(status).toBe("succeeded");
  });

  test("reads what the API says of a mistake, and how long to wait", async () => {
    const page = await open();
    const error = await page.evaluate(async () => {
      const { client, image, hole } = (globalThis as InPage).screen;
      try {
        await client.edit({ model: "local/fill", operation: "erase", strength: 0.5, image, mask: hole });
      } catch (thrown) {
        const { name, code, retryable, pointer } = thrown as Error & Record<string, unknown>;
        return { name, code, retryable, pointer };
      }
      return undefined;
    });
    expect(error).toEqual({
      name: "InfillError",
      code: "unsupported_option",
      retryable: false,
      pointer: "/strength",
    });
  });
});

/** A site of so many files. */
async function serve(files: Record<string, [type: string, body: string | Buffer]>) {
  const server = createServer((request, response) => {
    const [type, body] = files[request.url ?? "/"] ?? [];
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type ?? "text/plain" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}
