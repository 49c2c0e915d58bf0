import { AsyncLocalStorage } from "node:async_hooks";
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { accessSync, constants, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { dropClaim, endOrphan, writeClaim } from "./claim.ts";
import { sweep } from "./sweep.ts";

/** Below which the storage process answers S3 requests. */
export const STORAGE_PATH = "/cdn-cgi/local/r2/s3/";

export interface LocalStorageOptions {
  /** Where the objects are kept; made when it is not there. One process at a time. */
  directory: string;
  bucket: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** On 127.0.0.1; 0, the default, takes any that is free. */
  port?: number;
}

export interface LocalStorage {
  /** `http://127.0.0.1:{port}/cdn-cgi/local/r2/s3`, without the bucket. */
  endpoint: string;
  /** What signatures name; the service takes any. */
  region: string;
  bucket: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Of workerd; `undefined` once closed. */
  pid(): number | undefined;
  close(): Promise<void>;
}

/**
 * Starts an S3 service for one bucket on this machine: Cloudflare's R2 as miniflare runs it in a
 * workerd process, with its objects in files. It checks signatures like S3, keeps what it acknowledged
 * through a `kill -9` of itself or of us, listens on 127.0.0.1 only, logs nothing and calls nobody. What it
 * keeps for nobody goes when it starts: {@link sweep}.
 *
 * It knows no browser rules, checksums or `response-…` parameters, and no host but its own: those are
 * {@link proxyStorage}'s.
 *
 * @throws Error when the directory cannot be written or is in use, the port is taken, or workerd's
 * binary is missing
 */
export async function startLocalStorage(options: LocalStorageOptions): Promise<LocalStorage> {
  const { bucket, credentials, port = 0 } = options;
  const directory = resolve(options.directory);
  const objects = join(directory, "objects");
  makeWritable(directory);
  await endOrphan(directory);
  sweep(objects, bucket, Date.now());
  const { Miniflare, Log, LogLevel } = await loadMiniflare();

  let workerd: ChildProcess | undefined;
  const spawnFailed = Promise.withResolvers<never>();
  const onSpawn = (child: ChildProcess): void => {
    workerd = child;
    child.once("spawn", () => writeClaim(directory, child.pid ?? 0, child.spawnargs));
    // miniflare waits for ever for a process that never was
    child.once("error", spawnFailed.reject);
  };
  const miniflare = spawnsIn(
    onSpawn,
    () =>
      new Miniflare({
        modules: true,
        script: "export default { fetch: () => new Response(null, { status: 404 }) }",
        r2Buckets: { BUCKET: { id: bucket, s3Credentials: credentials } },
        r2Persist: objects,
        host: "127.0.0.1",
        port,
        // these three keep it off the network and off our terminal
        cf: false,
        log: new Log(LogLevel.NONE),
        handleRuntimeStdio(stdout: Readable, stderr: Readable) {
          stdout.resume();
          stderr.resume();
        },
      }),
  );

  let origin: string;
  try {
    ({ origin } = await Promise.race([miniflare.ready, spawnFailed.promise]));
  } catch (error) {
    // not awaited: it waits for ever, too
    miniflare.dispose().catch(() => {});
    dropClaim(directory);
    throw startFailure(error, port);
  }
  return {
    endpoint: origin + STORAGE_PATH.slice(0, -1),
    region: "auto",
    bucket,
    credentials,
    pid: () => workerd?.pid,
    async close() {
      if (workerd === undefined) return;
      workerd = undefined;
      await miniflare.dispose();
      dropClaim(directory);
    },
  };
}

/** miniflare does not say which process it runs: Node does, to whoever is told in the same async context. */
const spawnListener = new AsyncLocalStorage<(child: ChildProcess) => void>();
let listening = false;

function spawnsIn<T>(listener: (child: ChildProcess) => void, run: () => T): T {
  if (!listening)
    subscribe("child_process", (message) => spawnListener.getStore()?.((message as { process: ChildProcess }).process));
  listening = true;
  return spawnListener.run(listener, run);
}

function makeWritable(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`The storage directory ${directory} cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function loadMiniflare() {
  try {
    return await import("miniflare");
  } catch (error) {
    throw missingBinary(error);
  }
}

const missingBinary = (cause: unknown): Error =>
  new Error(
    `Local storage needs workerd's binary for ${process.platform}-${process.arch}, which is not installed: run npm install with optional dependencies`,
    { cause },
  );

function startFailure(error: unknown, port: number): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "EACCES") return missingBinary(error);
  if (code === "ERR_ADDRESS_IN_USE" || code === "EADDRINUSE")
    return new Error(`Local storage cannot listen on 127.0.0.1:${port}: the port is taken`, { cause: error });
  return new Error(`Local storage did not start: ${message}`, { cause: error });
}
