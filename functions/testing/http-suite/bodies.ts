import { describe, expect, test } from "vitest";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

/** What is read at most, bytes. */
const LARGEST = 256 * 1024;

export function refusesBodies(runtime: () => Runtime): void {
  describe("a body", () => {
    const t = newTenant(runtime);
    const send = (body: BodyInit, type = "application/json") =>
      t().api("/v1/inpaint", { method: "POST", body, headers: { "content-type": type } });
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

    test.each<[string, string | Uint8Array<ArrayBuffer>, string, number]>([
      ["of a megabyte", "x".repeat(1_000_000), "application/json", 413],
      ["one byte too large", " ".repeat(LARGEST + 1), "application/json", 413],
      ["of broken JSON", '{"model":', "application/json", 400],
      ["of nothing", "", "application/json", 400],
      ["of JSON 40 levels deep", nested(40), "application/json", 400],
      ["of another type", "{}", "text/plain", 415],
      ["that is no text", new Uint8Array([0xff, 0x00]), "application/octet-stream", 415],
      ["that is null", "null", "application/json", 422],
      ["that is a list", "[]", "application/json", 422],
    ])("%s is refused", async (_, body, type, status) => {
      expect(await problem(await send(body, type))).toMatchObject({ code: "invalid_request", status });
    });

    test("that is large, deep or of a JSON type of its own is read: what is refused is what it says", async () => {
      const filler = " ".repeat(LARGEST - 2);
      for (const [body, type] of [
        [`{${filler}}`, "application/json"],
        [`{"edit":${nested(31)}}`, "application/json"],
        ["{}", "application/vnd.app+json; charset=utf-8"],
      ] as const)
        expect(await problem(await send(body, type))).toMatchObject({ code: "invalid_request", status: 422 });
    });

    test("with a field that JavaScript would hide is refused", async () => {
      const refused = await problem(
        await send(`{"image":"${t().image}","mask":"${t().white}","model":"m","metadata":{"__proto__":"x"}}`),
      );
      expect(refused).toMatchObject({ code: "invalid_request", status: 400 });
      expect(refused.detail).toContain("__proto__");
    });
  });
}
