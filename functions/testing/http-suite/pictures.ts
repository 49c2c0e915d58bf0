import { describe, expect, test } from "vitest";
import { idOf } from "../caller.ts";
import { flat, photo } from "../pictures.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2);

export function refusesPictures(runtime: () => Runtime): void {
  describe("a picture", () => {
    const t = newTenant(runtime);

    test.each([
      ["a mask of another aspect", () => flat(200, 240, "white"), "mask", "mask_mismatch", "200×240"],
      ["a mask that would fit turned", () => flat(240, 320, "white"), "mask", "mask_mismatch", "90°"],
      [
        "what is no picture",
        async () => Buffer.from("hello, I am no picture"),
        "image",
        "asset_invalid",
        "not a picture",
      ],
      ["a bomb", () => flat(16_000, 16_000, "white"), "image", "asset_invalid", "16000x16000"],
    ] as const)("is refused from its header alone: %s", async (_, make, field, code, words) => {
      const asset = await t().upload(await make());
      const refused = await problem(await t().ask({ [field]: asset }));
      expect(refused).toMatchObject({ code, status: 422, pointer: `/${field}` });
      expect(refused.detail).toContain(words);
      expect(await (await t().api("/v1/jobs?user=nobody")).json()).toMatchObject({ data: [] });
    });

    test.each([
      ["an empty mask", async () => ({ mask: await t().upload(await flat(320, 240, "black")) }), "mask_mismatch"],
      ["a truncated photo", async () => ({ image: await t().upload(half(await photo())) }), "asset_invalid"],
      ["an alpha mask without alpha", async () => ({ edit: { maskConvention: "alpha" } }), "mask_mismatch"],
    ] as const)(
      "that shows itself only when decoded fails the job before anything is spent: %s",
      async (_, make, code) => {
        const before = t().modelsLab.jobs.length;
        const answer = await t().ask(await make());
        expect(answer.status).toBe(202);
        const job = await t().finish(await idOf(answer));
        expect(job).toMatchObject({ status: "failed", error: { code, retryable: false }, cost: { state: "refunded" } });
        expect(t().modelsLab.jobs.length).toBe(before);
        await t().quiet();
        expect(await t().stored(`w/${job.id}/image.png`)).toBe(false);
      },
    );
  });
}
