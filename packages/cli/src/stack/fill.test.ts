import { changedOutside, flat, idOf, mask, photo } from "@infill/functions/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestStack, type TestStack } from "./testing/test-stack.ts";

/** Farther from the mask than this no default reaches, px. */
const FAR = 30;

describe("the keyless model", () => {
  let t: TestStack;
  beforeAll(async () => {
    t = await startTestStack();
  });
  afterAll(() => t[Symbol.asyncDispose]());

  test("gives the photo back at full size, exact outside the mask, for nothing", async () => {
    const job = await t.edit({ operation: "erase" });
    expect(job).toMatchObject({ status: "succeeded", cost: { amountMicroUsd: 0, state: "settled" } });
    expect(job.results).toMatchObject([{ width: 320, height: 240, contentType: "image/png" }]);
    expect(job.results[0]?.fidelity.changedOutside).toBe(0);
    expect(await changedOutside(await photo(), await t.result(job.id), FAR)).toBe(0);
  });

  test("edits what it edited, and leaves no working pictures behind", async () => {
    const first = await t.edit();
    const second = await t.edit({ image: { job: first.id } });
    expect(second).toMatchObject({ status: "succeeded", results: [{ width: 320, height: 240 }] });
    await t.quiet();
    for (const { id } of [first, second]) expect(await t.stored(`w/${id}/image.png`)).toBe(false);
  });

  test("needs something to fill from", async () => {
    const job = await t.edit({ mask: await t.upload(await flat(320, 240, "white")) });
    expect(job).toMatchObject({ status: "failed", error: { code: "mask_mismatch", retryable: false } });
    expect(job.cost.state).toBe("refunded");
  });

  test("refuses the options it cannot honour", async () => {
    expect(await (await t.ask({ strength: 0.5 })).json()).toMatchObject({
      code: "unsupported_option",
      pointer: "/strength",
      detail: expect.stringContaining("local/fill does not take strength"),
    });
  });

  test("is listed beside those of vendors, and named to who asks for a model there is not", async () => {
    const { data } = (await (await t.api("/v1/models")).json()) as { data: { id: string; available: boolean }[] };
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(["modelslab/inpaint", "stable-image"]));
    expect(data[0]).toMatchObject({ id: "local/fill", available: true });
    const refused = (await (await t.ask({ model: "acme/paint" })).json()) as { allowed: string[] };
    expect(refused.allowed.toSorted()).toEqual(data.map(({ id }) => id).toSorted());
  });

  test("stops its work when the job is canceled, for nothing", async () => {
    // takes so long to prepare that the cancel is there first
    const [image, white] = await Promise.all([photo(3000, 2000), mask(3000, 2000)]);
    const id = await idOf(await t.ask({ image: await t.upload(image), mask: await t.upload(white) }));
    await t.api(`/v1/jobs/${id}/cancel`, { method: "POST" });
    t.elapse(1000);
    expect(await t.finish(id)).toMatchObject({ status: "canceled", cost: { amountMicroUsd: 0 } });
  });
});
