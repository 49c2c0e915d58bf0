import { expect, test } from "vitest";
import { type Quota, reservationOf } from "./limits.ts";

const quota: Quota = {
  scope: "key",
  unit: "microUsd",
  period: "day",
  limit: 5000,
  counter: "a",
  resetsAt: Date.UTC(2026, 10, 27),
};

test.each<[Partial<Quota>, string]>([
  [
    {},
    "This edit needs $0.05, and $0.004 of $0.005 of this API key are left today; the next day begins at 2026-11-27T00:00:00.000Z",
  ],
  [
    { period: "month", scope: "user", resetsAt: Date.UTC(2026, 11) },
    "This edit needs $0.05, and $0.004 of $0.005 of this user are left this month; the next month begins at 2026-12-01T00:00:00.000Z",
  ],
  [
    { period: "token", scope: "token", unit: "jobs", limit: 1000 },
    "This edit is one job, and 0 of 1000 jobs of this token are left; a new token may allow more",
  ],
])("a limit without room says what is needed, what is left, and when there is more: %j", (change, message) => {
  expect(reservationOf({ ...quota, ...change }, 50_000).refusal(1000)).toMatchObject({
    code: "budget_exceeded",
    message,
  });
});
