import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { runningProcess } from "./process-table.ts";
import { type LocalStorage, startLocalStorage } from "./storage.ts";
import { presign } from "./testing/sigv4.ts";

const options = { bucket: "pictures", credentials: { accessKeyId: "AKIALOCAL", secretAccessKey: "secretsecret" } };
let directory: string;
const open: LocalStorage[] = [];
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "infill-storage-"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const storage of open.splice(0)) await storage.close();
  await rm(directory, { recursive: true });
});

async function start(extra: { port?: number; directory?: string } = {}): Promise<LocalStorage> {
  const storage = await startLocalStorage({ ...options, directory, ...extra });
  open.push(storage);
  return storage;
}

/** Storage in a process of its own, which can be killed. */
async function startElsewhere() {
  const program = `
    import { startLocalStorage } from ${JSON.stringify(new URL("./storage.ts", import.meta.url).href)};
    const storage = await startLocalStorage(${JSON.stringify({ ...options, directory })});
    process.on("message", async () => { await storage.close(); process.disconnect(); });
    process.send({ ...storage, workerd: storage.pid() });
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  children.push(child);
  const output = Promise.all([child.stdout, child.stderr].map((stream) => (stream === null ? "" : text(stream))));
  const [storage] = (await once(child, "message")) as [LocalStorage & { workerd: number }];
  return { child, storage, output };
}

const url = (storage: LocalStorage, method: string) =>
  presign(storage, { method, origin: new URL(storage.endpoint).origin, key: "u/a" });

test("keeps what it took when it is started again", async () => {
  const first = await start();
  expect((await fetch(url(first, "PUT"), { method: "PUT", body: "picture" })).status).toBe(200);
  await first.close();
  expect(await (await fetch(url(await start(), "GET"))).text()).toBe("picture");
});

test("ends its process when it is closed", async () => {
  const storage = await start();
  const pid = storage.pid() ?? 0;
  expect(runningProcess(pid)).toMatchObject({ parent: process.pid, command: expect.stringContaining("workerd") });
  await storage.close();
  expect(runningProcess(pid)).toBeUndefined();
  expect(storage.pid()).toBeUndefined();
});

test("ends the process that a killed parent left behind, and keeps what that took", async () => {
  const { child, storage } = await startElsewhere();
  expect((await fetch(url(storage, "PUT"), { method: "PUT", body: "picture" })).status).toBe(200);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(runningProcess(storage.workerd)).toBeDefined();

  const next = await start();
  expect(runningProcess(storage.workerd)).toBeUndefined();
  expect(await (await fetch(url(next, "GET"))).text()).toBe("picture");
});

test("deletes what no object names, also where the process that had it open was killed", async () => {
  const { child, storage } = await startElsewhere();
  for (let i = 0; i < 20; i++) await fetch(url(storage, "PUT"), { method: "PUT", body: "picture" });
  const stray = join(directory, "objects", options.bucket, "blobs", "f".repeat(80));
  await writeFile(stray, "");
  child.kill("SIGKILL");
  await once(child, "exit");

  const next = await start();
  expect(existsSync(stray)).toBe(false);
  expect(await (await fetch(url(next, "GET"))).text()).toBe("picture");
});

test("leaves a process alone that has got the number of an old one", async () => {
  const claim = { owner: 1, pid: process.pid, command: "workerd serve" };
  await writeFile(join(directory, "storage.json"), JSON.stringify(claim));
  expect((await start()).pid()).toBeGreaterThan(0);
});

test("writes nothing to our terminal", async () => {
  const { child, storage, output } = await startElsewhere();
  await fetch(url(storage, "PUT"), { method: "PUT", body: "picture" });
  await fetch(`${storage.endpoint}/pictures/u/a`);
  child.send("close");
  expect(await output).toEqual(["", ""]);
});

test("does not share a directory", async () => {
  await start();
  await expect(start()).rejects.toThrow(`${directory} is in use by process ${process.pid}`);
});

test("says that it cannot write", async () => {
  const file = join(directory, "file");
  await writeFile(file, "");
  await expect(start({ directory: join(file, "below") })).rejects.toThrow(`${file}/below cannot be written: ENOTDIR`);
});

test("says that a port is taken", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(start({ port })).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: the port is taken`);
  server.close();
  expect(existsSync(join(directory, "storage.json"))).toBe(false);
});

test("says that its binary is missing", async () => {
  // miniflare's own variable
  vi.stubEnv("MINIFLARE_WORKERD_PATH", join(directory, "no-such-binary"));
  await expect(start()).rejects.toThrow(`workerd's binary for ${process.platform}-${process.arch}`);
});
