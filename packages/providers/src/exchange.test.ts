import { expect, test } from "vitest";
import { createConnections } from "./connections.ts";
import { exchange } from "./exchange.ts";
import { startHttp } from "./testing/servers.ts";

test("the connection goes to the checked address, whatever DNS would say of the name now", async () => {
  await using server = await startHttp((request, response) => response.end(request.headers.host));
  const origin = `http://no-such-name.invalid:${server.port}`;
  const connections = createConnections({ connectTimeoutMs: 5_000 });
  const to = { origin, addresses: [{ address: "127.0.0.1", family: 4 }] };
  const answer = await exchange(connections.kept(to), {
    url: new URL(origin),
    method: "GET",
    headers: {},
    maxBytes: 100,
    signal: AbortSignal.timeout(5_000),
  });
  await connections.close();
  expect(Buffer.from(answer.bytes).toString()).toBe(`no-such-name.invalid:${server.port}`);
});
