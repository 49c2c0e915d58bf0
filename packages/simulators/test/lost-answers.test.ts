import { expect, test } from "vitest";
import { openScene } from "./scene.ts";

test("a submit that hangs was taken all the same, and the work goes on", async () => {
  await using scene = await openScene();
  const { modelsLab } = scene;
  modelsLab.behave({ answer: "hang" });
  const leave = new AbortController();
  const waiting = fetch(`${modelsLab.url}/api/v6/image_editing/inpaint`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(scene.body({ webhook: scene.hook, track_id: "t-1" })),
    signal: leave.signal,
  });
  const left = expect(waiting).rejects.toThrow("aborted");
  await modelsLab.until(() => modelsLab.jobs.length === 1);
  leave.abort();
  await left;

  scene.time.advance(2000);
  await modelsLab.until(() => modelsLab.callbacks[0]?.status === 200);
  expect(scene.received).toMatchObject([{ status: "success", track_id: "t-1" }]);
});

test.each(["reset", "accepted-html-502"] as const)("after %s the job is taken and charged", async (answer) => {
  await using scene = await openScene();
  scene.modelsLab.behave({ answer });
  if (answer === "reset") await expect(scene.submit()).rejects.toThrow("fetch failed");
  else expect((await scene.submit()).status).toBe(502);
  expect(scene.modelsLab.billed).toBe(1);

  await scene.modelsLab.release(scene.modelsLab.jobs[0]?.id ?? 0);
  expect(await scene.fetchJob(scene.modelsLab.jobs[0]?.id)).toMatchObject({ status: "success" });
});

test("a reset before the body was read takes nothing", async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ answer: "reset-unread" });
  await expect(scene.submit()).rejects.toThrow("fetch failed");
  expect(scene.modelsLab.requests).toMatchObject([{ path: "/api/v6/image_editing/inpaint", body: undefined }]);
  expect(scene.modelsLab.billed).toBe(0);
  expect(await scene.submitJson()).toMatchObject({ status: "processing" });
});
