import { expect, test } from "vitest";
import { openScene } from "./scene.ts";

test("every documented error shape can be asked for", async () => {
  await using scene = await openScene();
  const wrong = { width: 100, height: 100, prompt: "" };
  const { behave } = scene.modelsLab;

  behave({ errorShape: "object" });
  expect(await scene.submitJson(wrong)).toEqual({
    status: "error",
    message: {
      prompt: ["The prompt field is required."],
      width: ["width must be between 256 and 1024"],
      height: ["height must be between 256 and 1024"],
    },
  });
  behave({ errorShape: "messege" });
  expect(await scene.submitJson(wrong)).toEqual({
    status: "error",
    messege: "The prompt field is required.",
    tip: "Check the parameters of your request.",
  });
  behave({ errorShape: "failed" });
  expect(await scene.submitJson(wrong)).toEqual({
    status: "failed",
    id: "",
    message: "The prompt field is required.",
    output: "",
  });
  behave({ errorStatus: "real" });
  const response = await scene.submit(wrong);
  expect([response.status, await response.json()]).toEqual([
    400,
    { status: "error", message: "The prompt field is required." },
  ]);
  expect(scene.modelsLab.billed).toBe(0);
});

test("every refusal can be scripted, with its own status code, and takes nothing", async () => {
  await using scene = await openScene({ behaviour: { errorStatus: "real" } });
  const { behave } = scene.modelsLab;
  for (const [refuse, status, message] of [
    ["invalid-key", 401, "Invalid Api Key"],
    ["no-credit", 402, "You have insufficient credits. Please upgrade your plan."],
    ["forbidden", 403, "Your plan does not include this endpoint."],
    ["bad-request", 400, "The prompt field is required."],
    ["server-error", 500, "Server error, please try again later."],
    ["unavailable", 503, "The service is unavailable."],
    [{ code: 403, reason: "Model is private" }, 403, "Model is private"],
  ] as const) {
    behave({ refuse });
    const response = await scene.submit();
    expect([response.status, await response.json()]).toEqual([status, { status: "error", message }]);
  }
  expect(scene.modelsLab.jobs).toEqual([]);
});

test('"Failed, Try Again" queues nothing, and the next submit is taken', async () => {
  await using scene = await openScene();
  scene.modelsLab.behave({ refuse: "try-again" });
  expect(await scene.submitJson()).toEqual({ status: "failed", id: "", message: "Failed, Try Again", output: "" });
  expect(scene.modelsLab.billed).toBe(0);
  expect(await scene.submitJson()).toMatchObject({ status: "processing" });
});

test("a rate limit is a 429 that says for how long, or the older body under 200", async () => {
  await using scene = await openScene();
  const body = { status: "error", message: "Rate limit exceeded. Maximum 5 queued requests allowed.", retry_after: 30 };

  scene.modelsLab.behave({ refuse: "rate-limit" });
  const newer = await scene.submit();
  expect([newer.status, await newer.json()]).toEqual([429, body]);
  expect(newer.headers.get("x-ratelimit-reset")).toBe(String(scene.time.now() / 1000 + 30));

  scene.modelsLab.behave({ refuse: "rate-limit", errorStatus: "ok" });
  const older = await scene.submit();
  expect([older.status, await older.json()]).toEqual([200, body]);
  expect(older.headers.has("x-ratelimit-reset")).toBe(false);
});

test("a full queue is a rate limit for that key, until work ends", async () => {
  await using scene = await openScene({ maxQueued: 2 });
  const first = await scene.submitJson();
  await scene.submitJson();
  const third = await scene.submit();
  expect([third.status, await third.json()]).toEqual([
    429,
    { status: "error", message: "Rate limit exceeded. Maximum 2 queued requests allowed.", retry_after: 30 },
  ]);
  expect(await scene.submitJson({ key: "key-2" })).toMatchObject({ status: "processing" });

  await scene.modelsLab.release(first.id);
  expect(await scene.submitJson()).toMatchObject({ status: "processing" });
  expect(scene.modelsLab.billed).toBe(4);
});

test("a proxy in front answers with a page", async () => {
  await using scene = await openScene();
  for (const [answer, status] of [
    ["html-500", 500],
    ["html-503", 503],
  ] as const) {
    scene.modelsLab.behave({ answer });
    const response = await scene.submit();
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toContain("text/html");
  }
  expect(scene.modelsLab.billed).toBe(0);
});
