import { expect, test } from "vitest";
import type { CallbackPlan } from "../src/index.ts";
import { json } from "../src/server.ts";
import { firstLink, openScene, type Scene } from "./scene.ts";

/** Submits with a webhook and lets the work end. */
async function finishedJob(scene: Scene, callback: CallbackPlan, changes = {}): Promise<string | number> {
  scene.modelsLab.behave({ callback });
  await scene.submitJson({ webhook: scene.hook, track_id: 41, ...changes });
  const id = scene.modelsLab.jobs.at(-1)?.id ?? 0;
  await scene.modelsLab.release(id);
  return id;
}
const answered = (scene: Scene, count: number) =>
  scene.modelsLab.until(() => scene.modelsLab.callbacks.filter(({ status }) => status !== undefined).length === count);

test("a finished job calls its webhook once, with the output and the track_id", async () => {
  await using scene = await openScene();
  await scene.submitJson({ webhook: scene.hook, track_id: 41 });
  expect(scene.received).toEqual([]);
  scene.time.advance(2000);
  await answered(scene, 1);
  expect(scene.received).toMatchObject([{ status: "success", id: 12384052, track_id: 41, generationTime: 2 }]);
  expect((await fetch(firstLink(scene.received[0]?.output))).status).toBe(200);
  expect(scene.modelsLab.callbacks).toMatchObject([{ jobId: 12384052, url: scene.hook, status: 200 }]);
});

test.each([41, "41", "job-7", null])("track_id %j comes back exactly", async (track_id) => {
  await using scene = await openScene();
  await finishedJob(scene, "once", { track_id });
  await answered(scene, 1);
  expect(scene.received[0]?.track_id).toBe(track_id);
});

test("twice: the same news comes again", async () => {
  await using scene = await openScene();
  await finishedJob(scene, "twice");
  scene.time.advance(1000);
  await answered(scene, 2);
  expect(scene.received[0]).toEqual(scene.received[1]);
});

test("late: an hour after the end, when a fetch has long had the result", async () => {
  await using scene = await openScene();
  const id = await finishedJob(scene, "late");
  expect(await scene.fetchJob(id)).toMatchObject({ status: "success" });
  scene.time.advance(3_599_000);
  expect(scene.modelsLab.callbacks).toEqual([]);
  scene.time.advance(1000);
  await answered(scene, 1);
});

test("early: before the submit itself is answered", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ callback: "early" });
  const answer = await scene.submitJson({ webhook: scene.hook });
  expect(scene.modelsLab.callbacks[0]?.status).toBe(200);
  expect(scene.received).toMatchObject([{ status: "success", id: answer.id }]);
  expect(answer).toMatchObject({ status: "processing" });
});

test("never: only a fetch finds out", async () => {
  await using scene = await openScene();
  const id = await finishedJob(scene, "never");
  scene.time.advance(24 * 3600 * 1000);
  expect(scene.modelsLab.callbacks).toEqual([]);
  expect(await scene.fetchJob(id)).toMatchObject({ status: "success" });
});

test("empty: success without output, which a fetch has", async () => {
  await using scene = await openScene();
  const id = await finishedJob(scene, "empty");
  await answered(scene, 1);
  expect(scene.received).toMatchObject([{ status: "success", id, output: [] }]);
  expect((await scene.fetchJob(id)).output).toHaveLength(1);
});

test("processing-first: an intermediate call, then the result", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ callback: "processing-first" });
  const { id } = await scene.submitJson({ webhook: scene.hook, track_id: 41 });
  await answered(scene, 1);
  scene.time.advance(2000);
  await answered(scene, 2);
  expect(scene.received).toMatchObject([
    { status: "processing", id, track_id: 41 },
    { status: "success", id, track_id: 41 },
  ]);
});

test("processing-last: the intermediate call is overtaken by the result", async () => {
  await using scene = await openScene();
  await finishedJob(scene, "processing-last");
  scene.time.advance(1000);
  await answered(scene, 2);
  expect(scene.received.map(({ status }) => status)).toEqual(["success", "processing"]);
});

test("a failed job says so; says-failed lies about one that succeeded", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ outcome: "failed", failure: "CUDA out of memory" });
  const first = await scene.submitJson({ webhook: scene.hook, track_id: 41 });
  await scene.modelsLab.release(first.id);
  await answered(scene, 1);
  expect(scene.received).toEqual([{ status: "failed", id: first.id, message: "CUDA out of memory", track_id: 41 }]);

  const second = await finishedJob(scene, "says-failed");
  await answered(scene, 2);
  expect(scene.received[1]).toMatchObject({ status: "failed", id: second });
  expect(await scene.fetchJob(second)).toMatchObject({ status: "success" });
});

test("an immediate success is not called back, unless asked for", async () => {
  await using scene = await openScene({ behaviour: { answer: "success" } });
  await scene.submitJson({ webhook: scene.hook });
  expect(scene.modelsLab.callbacks).toEqual([]);
  scene.modelsLab.behave({ callback: "once" });
  await scene.submitJson({ webhook: scene.hook });
  await answered(scene, 1);
});

test("a quick job whose answer was the queue's, as instant_response asks, is called back", async () => {
  await using scene = await openScene({ behaviour: { answer: "success" } });
  await scene.submitJson({ webhook: scene.hook, instant_response: true });
  scene.time.advance(2000);
  await answered(scene, 1);
});

test("any job can be called back by hand, as often as wanted", async () => {
  await using scene = await openScene();
  const { id } = await scene.submitJson({ webhook: scene.hook });
  await scene.modelsLab.callBack(id);
  await scene.modelsLab.callBack(id, "failed");
  expect(scene.received.map(({ status }) => status)).toEqual(["processing", "failed"]);
});

test("the receiver's answer is noted and nothing is sent again", async () => {
  await using scene = await openScene();
  scene.hookAnswer = json({}, 500);
  await finishedJob(scene, "once");
  await answered(scene, 1);
  expect(scene.modelsLab.callbacks[0]?.status).toBe(500);

  scene.hookAnswer = { status: 307, headers: { location: scene.hook }, body: "" };
  await finishedJob(scene, "once");
  await answered(scene, 2);
  scene.time.advance(24 * 3600 * 1000);
  expect(scene.modelsLab.callbacks).toMatchObject([{ status: 500 }, { status: 307 }]);
});

test("a receiver that does not answer is given up after 30 s", async () => {
  await using scene = await openScene();
  scene.hookAnswer = undefined;
  await finishedJob(scene, "once");
  await scene.modelsLab.until(() => scene.modelsLab.callbacks.length === 1);
  scene.time.advance(29_999);
  expect(scene.modelsLab.callbacks[0]).not.toHaveProperty("failure");
  scene.time.advance(1);
  await scene.modelsLab.until(() => scene.modelsLab.callbacks[0]?.failure !== undefined);
  expect(scene.modelsLab.callbacks[0]?.failure).toBe("timed out after 30 s");
});
