import { expect, onTestFinished, test } from "vitest";
import { listen } from "./server.ts";

test.each([1_000, 300_000, 5_000_000])(
  "a body of %i bytes that is refused unread costs the requests that follow nothing",
  async (bytes) => {
    const server = await listen(0, "127.0.0.1");
    onTestFinished(() => server.close());
    // a handler that so much as looks at the body leaves the rest of it to nobody
    const refuse = ({ body }: Request) => new Response(body === null ? "no body" : "no key", { status: 401 });
    server.serve({ api: refuse, webhook: refuse, compat: refuse, storage: (_, res) => void res.end() });
    const url = `http://127.0.0.1:${server.port}`;
    for (let i = 0; i < 6; i++) {
      const refused = await fetch(`${url}/api/features`, { method: "POST", body: new Uint8Array(bytes) });
      expect(await refused.text()).toBe("no key");
      expect((await fetch(`${url}/v1/me`)).status).toBe(401);
    }
  },
);
