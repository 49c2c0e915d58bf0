import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { runCli } from "../program.ts";

/** The smallest things that are pictures by their signature; nothing here decodes them. */
const PNG = Buffer.from("\x89PNG\r\n\x1a\n and what follows", "latin1");

class Text extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A folder with a photo and a mask, gone after the test. */
export function workFolder() {
  const path = mkdtempSync(join(tmpdir(), "infill-cli-"));
  writeFileSync(join(path, "photo.png"), PNG);
  writeFileSync(join(path, "mask.png"), PNG);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs a command line in this process, on time that passes at once; Ctrl-C comes in the n-th pause (`stopAfter`). */
export async function run(
  argv: readonly string[],
  { cwd, url, env = {}, stopAfter }: { cwd: string; url?: string; env?: object; stopAfter?: number },
) {
  const stdout = new Text();
  const stderr = new Text();
  /** Every pause that was taken, ms. */
  const pauses: number[] = [];
  const stop = new AbortController();
  let now = Date.UTC(2026, 0, 1);
  const exitCode = await runCli(argv, {
    env: { INFILL_API_KEY: "key_test", ...(url === undefined ? {} : { INFILL_URL: url }), ...env },
    cwd,
    stdout,
    stderr,
    fetch,
    clock: {
      now: () => now,
      async sleep(ms) {
        pauses.push(ms);
        now += ms;
        if (pauses.length === stopAfter) stop.abort();
      },
    },
    takeInterrupts: () => stop.signal,
  });
  return { exitCode, stdout: stdout.text, stderr: stderr.text, pauses };
}
