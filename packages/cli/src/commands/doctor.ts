import type { Command } from "commander";
import type { StageFlags } from "../aws/deployed-stage.ts";
import { type ApiFlags, type Context, printJson } from "../context.ts";
import type { Finding } from "../doctor/finding.ts";
import { CliError, EXIT } from "../exit.ts";
import { type Styles, styles } from "../output/style.ts";
import { readSettings } from "../settings.ts";

const HELP = `
Looks at the API that other commands would talk to, which says what models lack, and asks each vendor whether it
takes the key that is in this terminal (MODELSLAB_API_KEY, …): the API may have been started with another.
With --stage the keys are the deployed stage's, read with your AWS
credentials, and so is the address, unless --url or INFILL_URL says another. Nothing is submitted, nothing is
billed, and no key is printed. Ends with 1 when something is broken.

Examples:
  infill doctor
  infill doctor --stage production
  infill doctor --json | jq '.findings[] | select(.state == "broken")'`;

type DoctorFlags = ApiFlags & StageFlags;

export function doctorCommand(program: Command, context: Context): void {
  program
    .command("doctor")
    .description("Say what works – API, key, models, vendors' keys – and what to do about the rest.")
    .option("--stage <stage>", "a deployed stage, whose vendors' keys are looked at")
    .option("--region <region>", "where it is deployed (AWS_REGION)")
    .option("--json", "print what was found as JSON")
    .addHelpText("after", HELP)
    .action((_: unknown, command: Command) => doctor(context, command.optsWithGlobals<DoctorFlags>()));
}

async function doctor(context: Context, flags: DoctorFlags): Promise<void> {
  const { stdout } = context;
  const findings = await examine(context, flags);
  if (!flags.json) stdout.write(`${findings.flatMap((finding) => describe(finding, styles(stdout))).join("\n")}\n`);
  const broken = findings.filter(({ state }) => state === "broken").length;
  if (broken > 0)
    throw new CliError(EXIT.failed, "unwell", `${broken} of ${findings.length} ${broken === 1 ? "is" : "are"} broken`, {
      findings,
    });
  if (flags.json) printJson(context, { findings });
}

const SIMULATED: Finding = {
  state: "ok",
  about: "vendors",
  says: "this stack is simulated: every vendor is a simulator on this machine, which takes no key and bills nobody",
  todo: "npm start without --simulate asks the vendors whose keys are in its environment",
};

async function examine(context: Context, flags: DoctorFlags): Promise<Finding[]> {
  const { env, cwd, fetch, clock } = context;
  // loaded when it is needed: no other command talks to vendors
  const [{ checkApi }, { checkVendorKeys, keysOf, keysOfStage }, { createHttp }] = await Promise.all([
    import("../doctor/api.ts"),
    import("../doctor/vendor-keys.ts"),
    import("@infill/providers/http"),
  ]);
  const { stage, finding } = await lookUp(env, flags);
  // the address that was to be looked at is not known, and the local stack's is another
  if (finding?.state === "broken" && !(flags.url || env.INFILL_URL)) return [finding];
  const settings = readSettings({ ...flags, url: flags.url || env.INFILL_URL || stage?.url }, env, cwd);
  const http = createHttp();
  try {
    const [api, keys] = await Promise.all([
      checkApi(settings, { fetch, clock }),
      // a stage that cannot be looked at says so once
      finding?.state === "broken"
        ? []
        : checkVendorKeys(stage === undefined ? keysOf(env) : keysOfStage(flags.stage ?? "", stage), http),
    ]);
    const found = [...(finding === undefined ? [] : [finding]), ...api];
    if (stage !== undefined) return [...oncePerVendor(found, keys), ...keys];
    // keys are not used there: one that is set may still be looked at, that there is none says nothing
    if (settings.simulated === true)
      return [...found, SIMULATED, ...keys.filter(({ state }) => state !== "unknown").map(inThisTerminal)];
    if (!api.some(({ state }) => state === "ok")) return [...found, ...keys];
    // an API that lists its models says itself what they lack, and what to do about it
    const listed = api.some(
      ({ about, state, lacking }) => about === "models" && (state === "ok" || lacking !== undefined),
    );
    const here = listed ? keys.filter(({ lacking }) => lacking === undefined) : keys;
    return [...found, ...here.map(inThisTerminal)];
  } finally {
    await http.close();
  }
}

/** The API's keys are where it was started, which may be elsewhere. */
const inThisTerminal = (finding: Finding): Finding => ({ ...finding, says: `in this terminal: ${finding.says}` });

/** Without what is said of models whose vendor's key is not there, where it is said of the key. */
function oncePerVendor(found: readonly Finding[], keys: readonly Finding[]): Finding[] {
  const said = new Set(keys.flatMap(({ lacking }) => lacking ?? []));
  return found.filter(({ lacking }) => lacking === undefined || !said.has(lacking));
}

/** The stage that was named, and how looking for it went. */
async function lookUp(env: Context["env"], flags: DoctorFlags) {
  if (flags.stage === undefined) return {};
  const { findStage } = await import("../aws/deployed-stage.ts");
  const about = "stage";
  try {
    const stage = await findStage(env, flags);
    const finding: Finding = { state: "ok", about, says: `${flags.stage} is deployed in ${stage.region}` };
    return { stage, finding };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const finding: Finding = { state: "broken", about, says: error.message };
    return { finding };
  }
}

function describe({ state, about, says, todo }: Finding, style: Styles): string[] {
  const marks = { ok: style.green("✓"), broken: style.red("✗"), unknown: style.yellow("?") };
  return [
    `${marks[state]} ${about.padEnd(14)} ${says}`,
    ...(todo === undefined ? [] : [style.dim(`  ${"".padEnd(14)} → ${todo}`)]),
  ];
}
