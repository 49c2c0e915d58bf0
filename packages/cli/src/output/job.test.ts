import { expect, test } from "vitest";
import type { JobView } from "../api/types.ts";
import { jobView } from "../testing/fake-api.ts";
import { cost, describeJob } from "./job.ts";
import { styles } from "./style.ts";

// as it comes over the wire: what it lacks is not looked at
const view = (patch: Record<string, unknown>): JobView => JSON.parse(JSON.stringify(jobView(patch)));
const plain = (job: JobView): string => describeJob(job, styles(process.stderr)).join("\n");

type State = JobView["cost"]["state"];

test.each<[State, number, string, string]>([
  ["reserved", 48_000, "$0.048 reserved", "nothing (simulated; $0.048 with the real one)"],
  ["settled", 37_000, "$0.037", "nothing (simulated; $0.037 with the real one)"],
  ["refunded", 0, "nothing ($0.048 was reserved)", "nothing (simulated; nothing with the real one)"],
  [
    "unreconciled",
    48_000,
    "up to $0.048; it may have been charged",
    "up to $0.048; it may have been charged (simulated: with the real one)",
  ],
])("%s: what a job costs is its amount, simulated or not", (state, amountMicroUsd, real, simulated) => {
  const money = { currency: "USD", estimateMicroUsd: 48_000, amountMicroUsd, state };
  expect(cost(view({ cost: money }))).toBe(real);
  expect(cost(view({ cost: money, simulated: true }))).toBe(simulated);
});

const PLANNED = {
  edit: {
    crop: "auto",
    grow: 0,
    feather: 0,
    maskConvention: "white",
    sent: { x: 0, y: 0, width: 2, height: 2 },
    workedAt: { width: 512, height: 512 },
    coverage: 0.054,
  },
};

test.each([
  [{}, "  crop   5.4 % of the photo edited; all of it sent, worked at 512×512"],
  [
    { status: "failed", results: [] },
    "  crop   5.4 % of the photo to be edited; sent 2×2 px from (0, 0), worked at 512×512",
  ],
])("what was sent is said: %j", (patch, line) => {
  expect(plain(view({ ...PLANNED, ...patch })).split("\n")).toContain(line);
});

test("of a job that was sent nowhere, nothing is said to have been", () => {
  expect(plain(view({ ...PLANNED, status: "failed", results: [], attempts: 0 }))).not.toContain("sent");
});

test("what the model did outside the mask is said in words, below what came of it", () => {
  const [result] = jobView().results;
  expect(plain(view({}))).toContain(
    "  pixels outside the mask: 0 of 3 pixels changed\n  model  left everything outside the mask as it was\n",
  );
  const drift = { ...result?.fidelity, providerDrift: { changedShare: 0.604, meanDifference: 1.7 } };
  expect(plain(view({ results: [{ ...result, fidelity: drift }] }))).toContain(
    "  model  had changed 60.4 % of the pixels outside the mask that it was sent (1.7/255 on average); all restored\n",
  );
});

test("the mask's edge is named by its width", () => {
  const edit = { ...jobView().edit, grow: 4, feather: 12 };
  expect(plain(view({ edit }))).toContain("  pixels outside the mask and its edge (16 px): 0 of 3 pixels changed\n");
});

test("several results are numbered, with the word said once", () => {
  const [result] = jobView().results;
  const lines = plain(view({ results: [result, { ...result, index: 1 }] })).split("\n");
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}pixels result 1: outside/));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}result 1: 2×2 png/));
});
