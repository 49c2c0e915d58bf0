import { describe, expect, test } from "vitest";
import * as light from "./light-fetch.ts";

/** What Node's own classes say and what these say, side by side. */
const both = <T>(read: (kind: typeof globalThis) => T): [T, T] => [
  read(globalThis),
  read(light as unknown as typeof globalThis),
];

describe("headers that are as Node's", () => {
  test.each<[string, (kind: typeof globalThis) => unknown]>([
    ["are found whatever their case", ({ Headers }) => new Headers({ "X-One": "1" }).get("x-oNE")],
    ["are null when they are not there", ({ Headers }) => new Headers().get("x")],
    [
      "of one name are one value",
      ({ Headers }) =>
        new Headers([
          ["a", "1"],
          ["A", "2"],
        ]).get("a"),
    ],
    ["keep no space around a value", ({ Headers }) => new Headers({ a: "  1 " }).get("a")],
    ["come in the order of their names", ({ Headers }) => [...new Headers({ b: "1", a: "2" })]],
    [
      "can be set, and deleted",
      ({ Headers }) => {
        const headers = new Headers({ a: "1", b: "2" });
        headers.set("a", "3");
        headers.delete("B");
        return [[...headers.keys()], [...headers.values()], headers.has("b")];
      },
    ],
    [
      "keep cookies apart",
      ({ Headers }) => {
        const headers = new Headers();
        headers.append("set-cookie", "a=1");
        headers.append("set-cookie", "b=2");
        return [headers.getSetCookie(), headers.get("set-cookie"), [...headers]];
      },
    ],
    ["are copied from others", ({ Headers }) => [...new Headers(new Headers({ a: "1" }))]],
  ])("%s", (_, read) => {
    const [node, ours] = both(read);
    expect(ours).toEqual(node);
  });

  test("take no line end", () => {
    for (const Headers of both((kind) => kind.Headers))
      expect(() => new Headers({ a: "1\r\nset-cookie: x" })).toThrow(TypeError);
  });
});

describe("messages that are as Node's", () => {
  test("a request has a method in capitals, an address, and a body that is read once", async () => {
    for (const Request of both((kind) => kind.Request)) {
      const request = new Request("https://x/y?z=1", { method: "post", body: '{"a":"é"}', headers: { a: "1" } });
      expect([request.method, request.url, request.headers.get("a")]).toEqual(["POST", "https://x/y?z=1", "1"]);
      expect(await request.json()).toEqual({ a: "é" });
      expect(request.bodyUsed).toBe(true);
      await expect(request.text()).rejects.toThrow(TypeError);
    }
  });

  test("a body that came in chunks is whole by now", () => {
    expect(
      new light.Request("https://x", { headers: { "transfer-encoding": "chunked" } }).headers.has("transfer-encoding"),
    ).toBe(false);
  });

  test("an answer made of another keeps its body and is given its headers", async () => {
    for (const Response of both((kind) => kind.Response)) {
      const first = new Response("text", { status: 201, headers: { a: "1" } });
      const second = new Response(first.body, first);
      expect([second.status, second.ok, second.headers.get("a")]).toEqual([201, true, "1"]);
      expect(await second.text()).toBe("text");
    }
  });

  test("bytes and text are each other", async () => {
    for (const Response of both((kind) => kind.Response)) {
      expect([...new Uint8Array(await new Response("é").arrayBuffer())]).toEqual([195, 169]);
      expect(await new Response(new Uint8Array([195, 169])).text()).toBe("é");
      expect(await new Response(null, { status: 304 }).text()).toBe("");
    }
  });
});
