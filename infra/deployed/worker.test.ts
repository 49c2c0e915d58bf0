import { describeHttp } from "@infill/functions/testing";
import { expect, inject, test } from "vitest";
import { type DeployedRuntime, startDeployedRuntime } from "./http-runtime.ts";
import { runsHere } from "./runs-here.ts";
import { startDeployed } from "./start.ts";

runsHere("Cloudflare Workers", () => {
  let runtime: DeployedRuntime | undefined;
  describeHttp("the Worker, in workerd", async () => {
    runtime = await startDeployedRuntime((internet) => startDeployed(inject("edge"), internet));
    return runtime;
  });

  test("callbacks came to the Worker, and nobody to the functions that it stands in for", () => {
    const { deployed } = runtime ?? {};
    expect(deployed?.modelsLab.callbacks.filter(({ url }) => !url.startsWith(deployed.url))).toEqual([]);
    expect([deployed?.functions["Api"]?.log(), deployed?.functions["Webhook"]?.log()]).toEqual(["", ""]);
  });

  test("for all of this neither its user nor a function asked for more than they may, and nothing was lost", () => {
    expect(runtime?.deployed.rights.refused).toEqual([]);
    expect(runtime?.deployed.lost).toEqual([]);
  });
});
