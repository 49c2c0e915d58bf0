import type { Bench } from "./bench.ts";
import type { Block } from "./blocks.ts";
import { isRefusal, isRefused, isSetting, namesCommands, prints, serveEach } from "./commands.ts";
import { isModerationUrl, isQuestion, isVerdict, moderates } from "./moderation.ts";
import { edits, inApp, inExpo, isWellFormed, mints, receives, resumes, simulates } from "./programs.ts";
import {
  asks,
  isBlocked,
  isDelivered,
  isJobOf,
  isOverBudget,
  isOverRate,
  isPartOfJob,
  isReport,
  isRequest,
  isStreamed,
  streams,
} from "./wire.ts";

/** What becomes of a block: it is run here, another test runs it, or there is a reason why nobody does. */
export type Fate =
  | ((bench: Bench, block: Block) => Promise<unknown>)
  | { by: string }
  | { not: string; check?: (code: string) => Promise<void> };

const FIGURE: Fate = { not: "a figure" };
const GUIDE: Fate = { by: "packages/providers/test/guide.test.ts" };
const AWS: Fate = { not: "needs an AWS account", check: namesCommands };
const theirs = (vendor: string): Fate => ({ not: `asks ${vendor}, for money`, check: isWellFormed });
const compiler = (language: string): Fate => ({ not: `no ${language} compiler comes with npm` });

/** By page, in the page's order: the fence's language, and what becomes of the block. */
export const FATES: Readonly<Record<string, readonly [language: string, Fate][]>> = {
  "README.md": [
    ["sh", { by: ".ci/run" }],
    ["sh", serveEach],
    ["sh", edits("out.png")],
    ["sh", edits("result.png")],
    ["js", edits("edited.png")],
    ["json", isJobOf("job.json")],
    ["", FIGURE],
  ],
  "docs/adding-a-provider.md": ["ts", "ts", "ts", "ts", "ts", "ts", "ts"].map((language) => [language, GUIDE]),
  "docs/api.md": [
    ["sh", prints("/v1/inpaint")],
    [
      "sh",
      { not: "writes what functions/openapi/document.test.ts and examples.test.ts compare", check: namesCommands },
    ],
  ],
  "docs/architecture.md": [
    ["", FIGURE],
    ["", FIGURE],
  ],
  "docs/cost.md": [["sh", { not: "writes the page's own tables: infra/cost/cost.test.ts", check: namesCommands }]],
  "docs/deploy.md": [
    ["sh", AWS],
    ["", FIGURE],
    ["sh", AWS],
    ["sh", AWS],
    ["sh", AWS],
    ["sh", edits("out.png")],
    ["sh", { not: "takes minutes: infra/offline runs it for every test there", check: namesCommands }],
    ["sh", AWS],
    ["sh", AWS],
    ["sh", AWS],
  ],
  "docs/fuzzing.md": [
    ["sh", { not: "takes minutes to hours: packages/fuzz tests a part of each", check: namesCommands }],
  ],
  "docs/keys.md": [
    ["sh", prints("app backend", "read,tokens", "$50.00 a month; each user $0.50 a day, 10 writes a minute")],
    ["js", mints],
    ["json", isOverBudget],
    ["http", isOverRate],
    ["sh", prints("unreconciled", '"by": "user"')],
  ],
  "docs/masks.md": [
    ["json", isRequest],
    ["sh", isRefused],
    ["", isRefusal],
  ],
  "docs/moderation.md": [
    ["sh", isModerationUrl],
    ["json", isQuestion],
    ["json", isVerdict],
    ["json", isVerdict],
    ["js", moderates],
    ["sh", AWS],
    ["json", isReport],
    ["sh", prints("anna is blocked since", "anna is not blocked")],
    ["json", isBlocked],
  ],
  "docs/migrating-from-fal.md": [
    ["js", theirs("fal")],
    ["js", edits("edited.png")],
    ["js", resumes],
  ],
  "docs/migrating-from-replicate.md": [
    ["js", theirs("Replicate")],
    ["js", edits("edited.png")],
    ["sh", asks],
  ],
  "docs/mobile.md": [
    ["sh", prints('"token":"', '"user":"me"')],
    ["tsx", inExpo],
    ["swift", compiler("Swift")],
    ["kotlin", compiler("Kotlin")],
  ],
  "docs/models.md": [
    ["json", isRequest],
    ["json", isPartOfJob],
    ["sh", isSetting],
    ["sh", isSetting],
    ["sh", isSetting],
  ],
  "docs/modelslab.md": [
    ["js", { by: "packages/cli/src/stack/modelslab-page.test.ts" }],
    ["js", { by: "packages/cli/src/stack/modelslab-page.test.ts" }],
  ],
  "docs/onemin.md": [["js", { by: "packages/cli/src/stack/onemin-pages.test.ts" }]],
  "docs/openai.md": [
    ["js", edits("edited.png")],
    ["sh", streams],
    ["", isStreamed],
  ],
  "docs/reliability.md": [
    ["sh", { by: "packages/simulation/src/main.test.ts" }],
    ["sh", { by: "packages/simulation/src/main.test.ts" }],
    ["", FIGURE],
  ],
  "docs/webhooks.md": [
    ["http", isDelivered],
    ["js", receives],
    ["sh", { by: "packages/cli/src/commands/webhooks.test.ts" }],
    ["sh", { by: "packages/cli/src/commands/webhooks.test.ts" }],
  ],
  "docs/privacy.md": [["sh", { by: "packages/cli/src/commands/delete.test.ts" }]],
  "packages/client/README.md": [["ts", inApp]],
  "packages/simulators/README.md": [["ts", simulates]],
};
