import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalRuntime, startLocalRuntime } from "./testing/test-stack.ts";

let t: LocalRuntime;
beforeAll(async () => {
  t = await startLocalRuntime();
});
afterAll(() => t[Symbol.asyncDispose]());

test("anybody may read the API's specification", async () => {
  const specification = await fetch(`${t.url}/openapi.json`);
  expect(specification.headers.get("content-type")).toBe("application/json");
  expect(await specification.json()).toMatchObject({ openapi: "3.1.1", info: { title: "Infill" } });
});

test("who asks for nothing that there is reads where the reference is", async () => {
  for (const path of ["/", "/nope"])
    expect(await (await fetch(t.url + path)).json()).toMatchObject({
      detail: "There is nothing at this address; the API begins at /v1, its reference is at /docs",
    });
});

test("the reference is a page that runs nothing and loads nothing", async () => {
  const page = await fetch(`${t.url}/docs`);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  const html = await page.text();
  expect(html).toContain("POST /v1/inpaint");
  expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+=/);
});

test("every link in the page leads somewhere in it", async () => {
  const html = await (await fetch(`${t.url}/docs`)).text();
  const targets = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  const links = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter((id) => !targets.has(id))).toEqual([]);
});
