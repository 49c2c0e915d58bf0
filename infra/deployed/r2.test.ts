import { afterEach, expect, inject, test } from "vitest";
import { find } from "../offline/graph.ts";
import { changedOutside, newCaller } from "./caller.ts";
import { runsHere } from "./runs-here.ts";
import { type Deployed, startDeployed } from "./start.ts";

runsHere("pictures in R2", () => {
  let deployed: Deployed | undefined;
  afterEach(() => deployed?.[Symbol.asyncDispose]());

  test("an edit goes through Worker and workflow as it does with S3, and leaves no work behind", async () => {
    deployed = await startDeployed(inject("r2"));
    const caller = await newCaller(deployed);
    deployed.modelsLab.behave({ etaSeconds: 600, takesSeconds: 1 });

    const job = await caller.edit();
    expect(job).toMatchObject({ status: "succeeded", cost: { state: "settled" } });
    expect(await changedOutside(caller.photo, await caller.result(job.id))).toBe(0);
    await deployed.quiet();
    expect(await deployed.objects.readStart(`w/${job.id}/image.png`, 1)).toBeUndefined();
    expect(deployed.rights.refused).toEqual([]);
  });

  test("until somebody has set R2's key, what needs storage is refused, and says why", async () => {
    const { graph, artifacts } = structuredClone(inject("r2"));
    const { bindings } = find(graph, "cloudflare:index/workersScript:WorkersScript", "EdgeScript").inputs;
    const key = bindings.find(({ name }: { name: string }) => name === "SST_RESOURCE_PicturesKey");
    key.text = JSON.stringify({ accessKeyId: "", secretAccessKey: "" });
    deployed = await startDeployed({ graph, artifacts });

    const answer = await fetch(`${deployed.url}/v1/uploads`, {
      method: "POST",
      headers: { authorization: `Bearer ${await deployed.newKey("acme")}`, "content-type": "application/json" },
      body: JSON.stringify({ contentType: "image/png", contentLength: 4 }),
    });
    expect([answer.status, await answer.json()]).toEqual([
      500,
      expect.objectContaining({
        code: "internal",
        detail: "Storage has no key yet: set R2AccessKeyId and R2SecretAccessKey, and deploy",
      }),
    ]);
  });
});
