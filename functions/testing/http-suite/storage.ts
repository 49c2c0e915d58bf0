import { describe, expect, test } from "vitest";
import type { SignedUpload } from "../caller.ts";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function guardsStorage(runtime: () => Runtime): void {
  describe("storage refuses", () => {
    const t = newTenant(runtime);
    const put = (url: string, headers: Record<string, string>, body: string) =>
      fetch(url, { method: "PUT", headers, body });

    test("another length or type than was signed, and a second upload", async () => {
      const { url, headers } = await t().sign();
      const { "content-length": _, ...others } = headers;
      expect((await put(url, others, "12345")).status).toBe(403);
      expect((await put(url, { ...headers, "content-type": "image/jpeg" }, "1234")).status).toBe(403);
      expect((await put(url, headers, "1234")).status).toBe(200);
      expect((await put(url, headers, "1234")).status).toBe(412);
    });

    test("a copy of somebody else's object", async () => {
      const secret = await t().edit();
      const { id, url, headers } = await t().sign();
      const bucket = /\/([^/]+)\/u\//.exec(new URL(url).pathname)?.[1];
      await put(url, { ...headers, "x-amz-copy-source": `/${bucket}/r/${secret.id}/0.png` }, "1234");
      const refused = await problem(await t().ask({ image: id }));
      expect(["asset_invalid", "asset_missing"]).toContain(refused.code);
    });

    test("bytes that are not those of the checksum", async () => {
      const { url, headers } = await t().sign({ sha256: "0".repeat(64) });
      expect((await put(url, headers, "1234")).status).toBe(400);
    });

    test("an expired url; renewing gives one that works", async () => {
      const { id, url, headers } = await t().sign();
      const expired = new URL(url);
      const credential = expired.searchParams.get("X-Amz-Credential") ?? "";
      expired.searchParams.set("X-Amz-Date", "20200101T000000Z");
      expired.searchParams.set("X-Amz-Credential", credential.replace(/\/\d{8}\//, "/20200101/"));
      expect((await put(expired.href, headers, "1234")).status).toBe(403);
      const renewed = (await (await t().api(`/v1/uploads/${id}/renew`, { method: "POST" })).json()) as SignedUpload;
      expect((await put(renewed.url, renewed.headers, "1234")).status).toBe(200);
    });
  });
}
