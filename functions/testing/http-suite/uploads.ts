import { describe, expect, test } from "vitest";
import type { SignedUpload } from "../caller.ts";
import { photo } from "../pictures.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

const QUARTER_OF_AN_HOUR = 15 * 60_000;

export function signsUploads(runtime: () => Runtime): void {
  describe("an upload", () => {
    const t = newTenant(runtime);
    const put = ({ url, headers }: SignedUpload, body: BodyInit) => fetch(url, { method: "PUT", headers, body });
    const state = async (id: string) => (await t().api(`/v1/uploads/${id}`)).json();

    test("is signed with the exact headers to send", async () => {
      const answer = await t().api("/v1/uploads", { json: { contentType: "image/jpg", contentLength: 1234 } });
      expect(answer.status).toBe(201);
      expect(await answer.json()).toMatchObject({
        id: expect.stringMatching(/^ast_/),
        object: "upload",
        purpose: "image",
        method: "PUT",
        headers: { "content-type": "image/jpeg", "content-length": "1234", "if-none-match": "*" },
      });
    });

    test("is signed together with others, in the order they were asked for", async () => {
      const bytes = await photo(64, 48);
      const uploads = [
        { purpose: "image", contentType: "image/png", contentLength: bytes.length },
        { purpose: "mask", contentType: "image/png", contentLength: 7 },
      ];
      const answer = await t().api("/v1/uploads", { json: { uploads } });
      expect(answer.status).toBe(201);
      const signed = ((await answer.json()) as { uploads: [SignedUpload, SignedUpload] }).uploads;
      expect(signed).toMatchObject(uploads.map(({ purpose }) => ({ purpose, object: "upload" })));
      expect((await put(signed[0], bytes as BodyInit)).status).toBe(200);
      expect(await state(signed[0].id)).toMatchObject({ status: "received", width: 64, height: 48, purpose: "image" });
      expect(await state(signed[1].id)).toMatchObject({ status: "pending", purpose: "mask" });
    });

    test("that is no picture has arrived, and says why it cannot be used", async () => {
      const signed = await t().sign();
      await put(signed, "1234");
      expect(await state(signed.id)).toMatchObject({ status: "received", problem: { code: "asset_invalid" } });
    });

    test("can be renewed: the id stays, and the url is a new one that works", async () => {
      const { id } = await t().sign();
      const answer = await t().api(`/v1/uploads/${id}/renew`, { method: "POST" });
      const renewed = (await answer.json()) as SignedUpload;
      expect([answer.status, renewed.id]).toEqual([200, id]);
      expect((await put(renewed, "1234")).status).toBe(200);
    });

    test("is good for a quarter of an hour; once that is over it is expired, until it is renewed", async () => {
      const before = t().clock.now();
      const { id, expiresAt } = await t().sign();
      const signedAt = Date.parse(expiresAt) - QUARTER_OF_AN_HOUR;
      expect(signedAt).toBeGreaterThanOrEqual(before);
      expect(signedAt).toBeLessThanOrEqual(t().clock.now());
      await t().records.renewAsset(id, before - 1);
      expect(await state(id)).toMatchObject({ status: "expired" });
      await t().api(`/v1/uploads/${id}/renew`, { method: "POST" });
      expect(await state(id)).toMatchObject({ status: "pending" });
    });

    test("of a photo format that cannot be used is refused with what to do on a phone", async () => {
      const heic = { contentType: "image/heic", contentLength: 10 };
      const refused = await problem(await t().api("/v1/uploads", { json: heic }));
      expect(refused).toMatchObject({ code: "asset_invalid", status: 422, pointer: "/contentType" });
      for (const words of ["PHPickerConfiguration", "Bitmap.compress", "launchImageLibraryAsync"])
        expect(refused.detail).toContain(words);
      const one = await problem(await t().api("/v1/uploads", { json: { uploads: [heic] } }));
      expect(one.pointer).toBe("/uploads/0/contentType");
    });

    test.each([
      ["of 40 MB", { contentLength: 40_000_000 }, "/contentLength", "30 MiB"],
      ["of nothing", { contentLength: 0 }, "/contentLength", ""],
      ["with a checksum that is none", { sha256: "abc" }, "/sha256", "64 lower-case hex digits"],
      ["for a purpose there is not", { purpose: "avatar" }, "/purpose", ""],
      ["with a field there is not", { size: 4 }, "/size", "not a known field"],
    ])("%s is refused", async (_, change, pointer, words) => {
      const json = { contentType: "image/png", contentLength: 10, ...change };
      const refused = await problem(await t().api("/v1/uploads", { json }));
      expect(refused).toMatchObject({ code: "invalid_request", status: 422, pointer });
      expect(refused.detail).toContain(words);
    });
  });
}
