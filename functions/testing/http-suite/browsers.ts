import { describe, expect, test } from "vitest";
import type { Runtime } from "../runtime.ts";
import { problem } from "./problem.ts";
import { newTenant } from "./tenant.ts";

export function servesBrowsers(runtime: () => Runtime): void {
  describe("any client", () => {
    const t = newTenant(runtime);

    test("in a browser may ask from anywhere, and read what it needs", async () => {
      const preflight = await t().request("/v1/inpaint", {
        method: "OPTIONS",
        headers: {
          origin: "https://app.example",
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,idempotency-key",
        },
      });
      expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
      for (const name of ["authorization", "content-type", "idempotency-key", "prefer", "if-none-match"])
        expect(preflight.headers.get("access-control-allow-headers")).toContain(name);

      const answer = await t().api("/v1/models", { headers: { origin: "https://app.example" } });
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      for (const name of ["location", "retry-after", "etag", "sunset", "x-request-id", "preference-applied"])
        expect(answer.headers.get("access-control-expose-headers")).toContain(name);
    });

    test("in a browser may read a refusal, too", async () => {
      const answer = await t().request("/v1/models", { headers: { origin: "https://app.example" } });
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([401, "*"]);
    });

    test("is told without a key that the API is up", async () => {
      expect(await (await t().request("/healthz")).json()).toMatchObject({ ok: true, build: expect.any(String) });
    });

    test.each([
      ["PUT", "/v1/jobs", "GET, HEAD"],
      ["GET", "/v1/inpaint", "POST"],
      ["GET", `/v1/jobs/job_${"0".repeat(26)}/cancel`, "POST"],
      ["DELETE", "/v1/models/modelslab/inpaint", "GET, HEAD"],
      ["POST", "/healthz", "GET, HEAD"],
    ])("that comes with %s to %s is told what may be done there", async (method, path, allow) => {
      const answer = await t().api(path, { method });
      expect(await problem(answer)).toMatchObject({ code: "invalid_request", status: 405 });
      expect(answer.headers.get("allow")).toBe(allow);
    });

    test("without a key is not told that", async () => {
      expect(await problem(await t().request("/v1/jobs", { method: "PUT" }))).toMatchObject({ code: "unauthorized" });
    });
  });
}
