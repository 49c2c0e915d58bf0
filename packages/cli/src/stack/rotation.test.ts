import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../testing/run.ts";
import { startStack } from "./stack.ts";

test("a token outlives the rotation of the key that signed it, and not the next one", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "infill-"));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const env = { INFILL_DATA: cwd };
  const rotate = () => run(["keys", "rotate-signing"], { cwd, env });
  expect(await rotate()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("infill serve") });

  /** On a start of its own: mints a token, and asks who each of these is. */
  async function start(...tokens: string[]) {
    const stack = await startStack({ dataDirectory: cwd, port: 0 });
    const ask = (path: string, key: string, init: RequestInit = {}) =>
      fetch(stack.url + path, {
        ...init,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      });
    const minted = await ask("/v1/tokens", stack.apiKey, { method: "POST", body: JSON.stringify({ user: "ann" }) });
    const { token } = (await minted.json()) as { token: string };
    const statuses = [];
    for (const text of [token, ...tokens]) statuses.push((await ask("/v1/me", text)).status);
    await stack.close();
    return { token, statuses };
  }

  const first = await start();
  expect((await rotate()).stdout).toContain("k2 signs from the stack's next start on");
  const second = await start(first.token);
  await rotate();
  const third = await start(second.token, first.token);
  expect([first.statuses, second.statuses, third.statuses]).toEqual([[200], [200, 200], [200, 200, 401]]);
  const kids = [first, second, third].map(
    ({ token }) => JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid,
  );
  expect(kids).toEqual(["k1", "k2", "k3"]);
});
