import { describeHttp } from "@infill/functions/testing";
import { expect, inject, test } from "vitest";
import { type DeployedRuntime, startDeployedRuntime } from "./http-runtime.ts";
import { runsHere } from "./runs-here.ts";
import { startDeployed } from "./start.ts";

runsHere("Lambda", () => {
  let runtime: DeployedRuntime | undefined;
  describeHttp("the deployed bundles", async () => {
    runtime = await startDeployedRuntime((internet) => startDeployed(inject("deployment"), internet));
    return runtime;
  });

  test("for all of this no function asked for more than its role allows, and nothing was lost", () => {
    expect(runtime?.deployed.rights.refused).toEqual([]);
    expect(runtime?.deployed.lost).toEqual([]);
  });
});
