import { startFal } from "@infill/simulators";
import { expect, test } from "vitest";
import { endAll, startAll } from "./closing.ts";

const keys = ["simulated-key"];

test("where one does not start, those that do are closed again", async () => {
  await using there = await startFal({ keys });
  const urls: string[] = [];
  const free = async () => {
    const vendor = await startFal({ keys });
    urls.push(vendor.url);
    return vendor;
  };
  const taken = () => startFal({ keys, port: Number(new URL(there.url).port) });
  await expect(startAll([free, taken, free])).rejects.toMatchObject({ code: "EADDRINUSE" });
  expect(urls).toHaveLength(2);
  for (const url of urls) await expect(fetch(url)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  expect((await fetch(there.url)).status).toBe(401);
});

test("all are ended, one after the other, and what several threw is thrown as one", async () => {
  const ended: number[] = [];
  const end = (which: number, error?: Error) => async () => {
    await Promise.resolve();
    ended.push(which);
    if (error !== undefined) throw error;
  };
  const [one, two] = [new Error("one"), new TypeError("two")];
  await expect(endAll([end(1), end(2, one), end(3)])).rejects.toBe(one);
  await expect(endAll([end(4, one), end(5), end(6, two), end(7)])).rejects.toMatchObject({
    name: "AggregateError",
    message: "Error: one; TypeError: two",
    errors: [one, two],
  });
  await endAll([end(8)]);
  expect(ended).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
