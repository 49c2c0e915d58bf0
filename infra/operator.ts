import { type DeployedStage, stageParameter } from "../packages/aws/src/deployed-stage.ts";
import { url } from "./gateway.ts";
import { lost } from "./recovery.ts";
import { providerKeys } from "./secrets.ts";
import { settings } from "./stage.ts";
import { table } from "./storage.ts";
import { inpaintFunction, notifyFunction } from "./workflow.ts";

const described: { [field in keyof DeployedStage]: $util.Input<DeployedStage[field]> } = {
  url,
  table: table.name,
  functions: $util.all([inpaintFunction, notifyFunction]).apply(([inpaint, notify]) => ({ inpaint, notify })),
  lostQueue: lost.url,
  providerKeys: providerKeys.prefix,
  recordDays: settings.recordDays,
};

/** Physical names end in random characters and versions count up: the one place where `infill … --stage S` finds them. */
new aws.ssm.Parameter("Operator", {
  name: stageParameter($app.name, $app.stage),
  type: "String",
  value: $jsonStringify(described),
});
