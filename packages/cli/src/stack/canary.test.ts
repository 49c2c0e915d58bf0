import { startReceiver } from "@infill/functions/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CanaryStack, keyOf, MODELSLAB_KEY, startCanaryStack, WORDS } from "./testing/canaries.ts";
import { during, openAiClient, pngFile, withHole } from "./testing/openai.ts";

/** A vendor that repeats what it was sent. */
const echo = (key: string): string => `Not "${WORDS.prompt}" with ${key}`;

/** What becomes of an edit, by model: well, and in every way that is not. */
const FATES: Record<string, readonly object[]> = {
  "modelslab/inpaint": [
    { answer: "success" },
    { answer: "queued", takesSeconds: 1 },
    { answer: "queued", outcome: "failed", failure: echo(MODELSLAB_KEY), callback: "never" },
    { answer: "queued", outcome: "failed", failure: echo("a key") },
    { answer: "queued", outcome: "nsfw" },
    { answer: "reset" },
    { answer: "accepted-html-502", callback: "never" },
    { answer: "success", links: "missing" },
    { answer: "success", links: "redirect-private" },
    ...["object", "messege", "failed"].map((errorShape) => ({
      refuse: { code: 400, reason: echo(MODELSLAB_KEY) },
      errorShape,
    })),
    ...["invalid-key", "no-credit", "rate-limit", "server-error", "unavailable"].map((refuse) => ({ refuse })),
  ],
  "openai/gpt-image-1.5": [
    {},
    { answer: "reset-unread" },
    {
      refuse: {
        status: 400,
        type: "invalid_request_error",
        code: "no",
        message: echo(keyOf("openai")),
        param: "prompt",
      },
    },
    ...["invalid-key", "moderation", "rate-limit", "server-error"].map((refuse) => ({ refuse })),
    { stream: "failed" },
  ],
  "1min/gpt-image-1-mini": [{}, { refuse: "bad-token" }, { refuse: "upstream-400" }, { refuse: "timed-out" }],
  "stability/inpaint": [{}, { refuse: "unauthorized" }, { refuse: "language" }, { outcome: "filtered" }],
  "ideogram/inpaint-3": [{}, { refuse: "bad-request-detail" }, { refuse: "invalid-key" }, { refuse: "unavailable" }],
  "bfl/flux-fill": [{}, { refuse: "unprocessable" }, { refuse: "invalid-key" }, { refuse: "server-error" }],
  "fal/flux-fill": [{}, { refuse: "invalid" }, { refuse: "invalid-key" }, { refuse: "server-error" }],
  "bedrock/stability-inpaint": [{}, { refuse: "access-denied" }, { refuse: "server-error" }, { outcome: "prompt" }],
};

describe("a secret, or a word of a caller's", () => {
  let stack: CanaryStack;
  const seen: Record<string, number> = {};
  beforeAll(async () => {
    stack = await startCanaryStack();
    await native(stack);
    await refused(stack);
    await formats(stack);
    await strangers(stack);
  }, 600_000);
  afterAll(() => stack.close());

  /** Each by its model, as its fate has it. */
  async function native({ t, behave }: CanaryStack): Promise<void> {
    await using receiver = await startReceiver([500, 200]);
    const told = { webhook: `${receiver.url}/${WORDS.path}?token=${WORDS.path}`, user: WORDS.user };
    for (const [model, fates] of Object.entries(FATES))
      for (const fate of fates) {
        const forget = behave[model.split("/")[0] ?? ""]?.({ ...fate, times: Infinity });
        const words = { prompt: WORDS.prompt, metadata: { order: WORDS.metadata } };
        const { status, error } = await t.edit({ model, ...words, ...told, deadlineSeconds: 600 });
        const end = error?.code ?? status;
        seen[end] = (seen[end] ?? 0) + 1;
        forget?.();
      }
    t.modelsLab.behave({ takesSeconds: Number.POSITIVE_INFINITY });
    const asked = await t.ask({
      model: "modelslab/inpaint",
      prompt: WORDS.prompt,
      negativePrompt: WORDS.negativePrompt,
    });
    const { id } = (await asked.json()) as { id: string };
    await t.quiet();
    await t.api(`/v1/jobs/${id}/cancel`, { method: "POST" });
    seen[(await t.finish(id)).status] = 1;
    await t.advanceUntil(() => receiver.received.length > 5);
    // nobody is there any more
    await t.edit({ model: "local/fill", operation: "erase", webhook: `http://127.0.0.1:9/${WORDS.path}` });
    await t.quiet();
  }

  /** What is refused before anything is done. */
  async function refused({ t }: CanaryStack): Promise<void> {
    const { prompt } = WORDS;
    const answers = await Promise.all([
      t.ask({ model: "modelslab/inpaint", prompt, [prompt]: prompt }),
      t.ask({ model: prompt, prompt }),
      t.ask({ model: "modelslab/inpaint", prompt, webhook: `https://10.0.0.1/${WORDS.path}` }),
      t.api("/v1/inpaint", {
        method: "POST",
        body: `{"prompt": "${prompt}`,
        headers: { "content-type": "application/json" },
      }),
      t.api(`/v1/jobs/${WORDS.path}`),
      t.api(`/v1/jobs?user=${WORDS.user}&limit=${WORDS.path}`),
      t.api("/v1/models", { key: `${t.stack.apiKey}x` }),
      t.request(`/r/${WORDS.path}`),
      fetch(`${t.url}/_storage/infill/u/x?X-Amz-Signature=${WORDS.path}`),
    ]);
    expect(answers.filter(({ status }) => status < 400).map(({ url }) => url)).toEqual([]);
  }

  /** The same in the words of others. */
  async function formats({ t }: CanaryStack): Promise<void> {
    const { prompt } = WORDS;
    const openai = openAiClient(t, { maxRetries: 0 });
    const image = await pngFile(await withHole());
    const edit = (model: string) => during(t, openai.images.edit({ model, image, prompt, user: WORDS.user }));
    await edit("openai/gpt-image-1.5");
    await expect(edit(prompt)).rejects.toThrow();
    const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
      const init = {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      };
      return (await during(t, fetch(t.url + path, init))).json();
    };
    const pictures = { init_image: t.image, mask_image: t.white };
    const submit = {
      key: t.stack.apiKey,
      model_id: "modelslab/inpaint",
      prompt,
      negative_prompt: WORDS.negativePrompt,
    };
    const inpaint = "/api/v6/image_editing/inpaint";
    t.modelsLab.behave({ answer: "success" });
    expect(await post(inpaint, { ...submit, ...pictures, track_id: WORDS.metadata })).toMatchObject({
      status: "success",
    });
    const elsewhere = `https://10.0.0.1/${WORDS.path}`;
    expect(await post(inpaint, { ...submit, ...pictures, init_image: elsewhere })).toMatchObject({ status: "error" });
    expect(await post(inpaint, { ...submit, ...pictures, key: `${t.stack.apiKey}x` })).toMatchObject({
      status: "error",
    });
    const wish = { imageUrl: t.image, maskUrl: t.white, prompt, output_format: "jpeg" };
    const feature = { type: "IMAGE_INPAINTER", model: "stable-image", promptObject: wish };
    const key = { "api-key": t.stack.apiKey };
    expect(await post("/api/features", feature, key)).toMatchObject({ aiRecord: { status: "SUCCESS" } });
    const missing = { ...feature, promptObject: { ...wish, imageUrl: WORDS.path } };
    expect(await post("/api/features", missing, key)).toMatchObject({ message: expect.any(String) });
  }

  /** Callbacks that nobody was to send. */
  async function strangers({ t }: CanaryStack): Promise<void> {
    const genuine = t.modelsLab.jobs.at(-1)?.submit.webhook ?? "";
    for (const url of [`${t.url}/webhooks/modelslab/${WORDS.path}`, genuine, `${genuine}x`])
      await fetch(url, { method: "POST", body: JSON.stringify(WORDS) });
    await t.quiet();
  }

  test("has been everywhere: every model, and every end that a job can have", () => {
    expect(Object.keys(seen).sort()).toEqual([
      ...["canceled", "content_rejected", "outcome_unknown", "provider_rejected", "provider_unavailable"],
      ...["rate_limited", "succeeded"],
    ]);
    expect(stack.written().log.split("\n").length).toBeGreaterThan(200);
  });

  test("is found where it belongs, so it would be found elsewhere", () => {
    const records = stack.rows();
    for (const word of Object.values(WORDS)) expect(records).toContain(word);
    expect(Object.keys(stack.secrets()).length).toBeGreaterThan(25);
  });

  test("is in no line of the log", () => {
    const { log } = stack.written();
    for (const [name, secret] of Object.entries(stack.secrets())) expect(log.includes(secret), name).toBe(false);
  });

  test("is nothing that the process says", () => {
    const said = stack.written().console;
    for (const [name, secret] of Object.entries(stack.secrets())) expect(said.includes(secret), name).toBe(false);
    console.warn(WORDS.prompt);
    expect(stack.written().console).toContain(WORDS.prompt);
  });

  test("is in no checkpoint of the engine", () => {
    const executions = stack.checkpoints();
    expect(executions).toContain("deliver-1");
    for (const [name, secret] of Object.entries(stack.secrets())) expect(executions.includes(secret), name).toBe(false);
  });

  test("of ours is in no row but what a vendor sent, as it came", () => {
    const rows = stack.rows();
    expect(rows).toContain(WORDS.prompt);
    for (const [name, secret] of Object.entries(stack.secrets()))
      if (!Object.values<string>(WORDS).includes(secret)) expect(rows.includes(secret), name).toBe(false);
  });
});
