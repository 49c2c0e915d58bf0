import { expect, test } from "vitest";
import { exchange } from "./exchange.ts";
import { startHttp } from "./testing/servers.ts";

test("the connection goes to the checked address, whatever DNS would say of the name now", async () => {
  await using server = await startHttp((request, response) => response.end(request.headers.host));
  const answer = await exchange({
    url: new URL(`http://no-such-name.invalid:${server.port}/`),
    addresses: [{ address: "127.0.0.1", family: 4 }],
    method: "GET",
    headers: {},
    maxBytes: 100,
    connectTimeoutMs: 5_000,
    signal: AbortSignal.timeout(5_000),
  });
  expect(Buffer.from(answer.bytes).toString()).toBe(`no-such-name.invalid:${server.port}`);
});
