import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobView } from "@infill/core";
import { mask, photo } from "@infill/functions/testing";
import { type Behaviour, type ModelsLabSimulator, startModelsLab } from "@infill/simulators";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const KEY = "simulated-key";

interface Address {
  url: string;
  apiKey: string;
}

describe("kill -9 of the local stack, and a restart", () => {
  let directory: string;
  let modelsLab: ModelsLabSimulator;
  let child: ChildProcess;
  let address: Address;
  let port = 0;

  /** The same port each time: a callback that is under way must find the restarted stack. */
  async function start() {
    const options = {
      dataDirectory: directory,
      port,
      providers: { modelslab: { key: KEY, baseUrl: modelsLab.url, simulated: true } },
    };
    child = fork(join(import.meta.dirname, "testing/serve.child.ts"), [JSON.stringify(options)]);
    [address] = (await once(child, "message")) as [Address];
    port = Number(new URL(address.url).port);
  }
  async function killAndRestart() {
    child.kill("SIGKILL");
    await once(child, "exit");
    await start();
  }

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), "infill-kill-"));
    port = 0;
    modelsLab = await startModelsLab({ keys: [KEY] });
    await start();
  });
  afterEach(async () => {
    child.kill("SIGTERM");
    await once(child, "exit");
    await modelsLab.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const api = async (path: string, json?: object) => {
    const init = json === undefined ? {} : { method: "POST", body: JSON.stringify(json) };
    const headers = {
      authorization: `Bearer ${address.apiKey}`,
      "content-type": "application/json",
      prefer: "wait=10",
    };
    return (await (await fetch(address.url + path, { ...init, headers })).json()) as JobView & {
      url: string;
      headers: Record<string, string>;
    };
  };
  async function upload(bytes: Uint8Array) {
    const { id, url, headers } = await api("/v1/uploads", { contentType: "image/png", contentLength: bytes.length });
    await fetch(url, { method: "PUT", headers, body: bytes as BodyInit });
    return id;
  }
  async function ask(json: object, size?: [number, number], behaviour: Behaviour = {}) {
    modelsLab.behave({ etaSeconds: 1, takesSeconds: 0.2, ...behaviour });
    const [image, white] = await Promise.all([
      upload(await photo(...(size ?? []))),
      upload(await mask(...(size ?? []))),
    ]);
    const headers = { authorization: `Bearer ${address.apiKey}`, "content-type": "application/json" };
    const body = JSON.stringify({ image, mask: white, model: "modelslab/inpaint", prompt: "a hat", ...json });
    return ((await (await fetch(`${address.url}/v1/inpaint`, { method: "POST", headers, body })).json()) as JobView).id;
  }
  async function seen(id: string, what: (job: JobView) => boolean) {
    const headers = { authorization: `Bearer ${address.apiKey}` };
    for (;;) {
      const job = (await (await fetch(`${address.url}/v1/jobs/${id}`, { headers })).json()) as JobView;
      if (what(job) || job.finishedAt !== undefined) return job;
    }
  }
  async function ended(id: string) {
    for (;;) {
      const job = await api(`/v1/jobs/${id}`);
      if (job.finishedAt !== undefined) return job;
    }
  }

  test("right after the job was made: it finishes, submitted once", async () => {
    const id = await ask({});
    await killAndRestart();
    expect(await ended(id)).toMatchObject({ status: "succeeded" });
    expect(modelsLab.jobs).toHaveLength(1);
  });

  test("while the pictures are prepared: it finishes, submitted once", async () => {
    const id = await ask({}, [3000, 2000]);
    await seen(id, (job) => job.phase === "preparing");
    await killAndRestart();
    expect(await ended(id)).toMatchObject({ status: "succeeded" });
    expect(modelsLab.jobs).toHaveLength(1);
  });

  test("inside the submit, the work accepted and its answer lost: the callback completes it", async () => {
    const id = await ask({}, undefined, { answer: "hang", takesSeconds: Number.POSITIVE_INFINITY });
    await modelsLab.until(() => modelsLab.jobs.length > 0);
    await killAndRestart();
    await modelsLab.release(modelsLab.jobs[0]?.id ?? "");
    expect(await ended(id)).toMatchObject({ status: "succeeded" });
    expect(modelsLab.jobs).toHaveLength(1);
  });

  test("while it is suspended, with every callback dropped: polling finishes it", async () => {
    const id = await ask({}, undefined, { callback: "never" });
    await seen(id, (job) => job.providerJobId !== undefined);
    await killAndRestart();
    expect(await ended(id)).toMatchObject({ status: "succeeded" });
    expect(modelsLab.jobs).toHaveLength(1);
  });

  test("while the result is stored: it finishes, submitted once", async () => {
    const id = await ask({}, [3000, 2000]);
    await seen(id, (job) => job.phase === "storing");
    await killAndRestart();
    expect(await ended(id)).toMatchObject({ status: "succeeded", results: [{ width: 3000 }] });
    expect(modelsLab.jobs).toHaveLength(1);
  });

  test("while the keyless model fills: it fills again, which costs nothing", async () => {
    const id = await ask({ model: "local/fill", prompt: undefined }, [1600, 1200]);
    await seen(id, (job) => job.phase === "submitted");
    await killAndRestart();
    expect(await ended(id)).toMatchObject({ status: "succeeded", cost: { amountMicroUsd: 0 } });
  });
});
