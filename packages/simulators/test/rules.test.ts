import { expect, test } from "vitest";
import { openScene } from "./scene.ts";

test("rules are spent oldest first, go by the prompt where told, and standing ones come after counted ones", async () => {
  await using scene = await openScene({ maxQueued: 100 });
  const { behave } = scene.modelsLab;
  const withdraw = behave({ refuse: "no-credit", times: Infinity });
  behave({ refuse: "forbidden", when: "dog", times: 2 });
  behave({ refuse: { code: 400, reason: "first" } });
  behave({ refuse: { code: 400, reason: "second" } });
  behave({ refuse: { code: 400, reason: "by pattern" }, when: /^a \w+fish$/ });
  behave({ refuse: { code: 400, reason: "by body" }, when: ({ track_id }) => track_id === 9 });

  const said = async (changes: Record<string, unknown>) => (await scene.submitJson(changes)).message;
  expect(await said({ prompt: "a dog" })).toContain("plan does not include");
  expect(await said({ prompt: "a cat" })).toBe("first");
  expect(await said({ prompt: "a dog" })).toContain("plan does not include");
  expect(await said({ prompt: "a dog" })).toBe("second");
  expect(await said({ prompt: "a goldfish" })).toBe("by pattern");
  expect(await said({ track_id: 9 })).toBe("by body");
  expect(await said({})).toContain("insufficient credits");
  withdraw();
  expect(await scene.submitJson()).toMatchObject({ status: "processing" });
});

test("a rule that acts before the body is read cannot look at the body", async () => {
  await using scene = await openScene();
  expect(() => scene.modelsLab.behave({ answer: "reset-unread", when: "cat" })).toThrow("cannot look at it");
});
