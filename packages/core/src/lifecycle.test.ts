import { expect, test } from "vitest";
import { endedBecause, refuseEnded, sunsetWarning } from "./lifecycle.ts";

const model = { id: "acme/paint-1", shutdownAt: "2026-12-01", successor: "acme/paint-2" };
const at = (date: string) => Date.parse(date);

test.each([
  ["2026-09-30", undefined],
  ["2026-10-02", "acme/paint-1 ends on 2026-12-01; use acme/paint-2"],
  ["2026-11-30T23:59:59Z", "acme/paint-1 ends on 2026-12-01; use acme/paint-2"],
  ["2026-12-01", undefined],
])("on %s a job is warned: %s", (date, warning) => {
  expect(sunsetWarning(model, at(date))).toBe(warning);
});

test("a model is refused from its day on, naming its successor", () => {
  expect(endedBecause(model, at("2026-11-30"))).toBeUndefined();
  expect(() => refuseEnded(model, at("2026-11-30"))).not.toThrow();
  expect(() => refuseEnded(model, at("2027-01-01"))).toThrow(
    expect.objectContaining({
      code: "provider_unavailable",
      retryable: false,
      message: "acme/paint-1 cannot be used: it ended on 2026-12-01; use acme/paint-2",
      options: expect.objectContaining({ pointer: "/model", details: { successor: "acme/paint-2" } }),
    }),
  );
});

test("a model of which nobody has said that it ends does not", () => {
  const forever = { id: "local/fill" };
  expect([sunsetWarning(forever, at("2099-01-01")), endedBecause(forever, at("2099-01-01"))]).toEqual([
    undefined,
    undefined,
  ]);
});
