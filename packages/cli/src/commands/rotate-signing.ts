import type { Command } from "commander";
import type { StageFlags } from "../aws/deployed-stage.ts";
import type { Context } from "../context.ts";
import { usageError } from "../exit.ts";
import { dataDirectory } from "../settings.ts";
import { withStage } from "./open-records.ts";

/** The key that signs links and client tokens. */
export function rotateSigningCommand(keys: Command, context: Context): void {
  withStage(keys.command("rotate-signing"))
    .description("Sign links and client tokens with a new key; what the key before signed still opens.")
    .action(async (_: unknown, command: Command) => {
      const { stage } = command.optsWithGlobals<StageFlags>();
      if (stage !== undefined)
        throw usageError(
          `A deployed stage's signing key is a part of its deployment: count INFILL_LINK_KEY up (2, then 3, …) and deploy ${stage} again`,
        );
      const { rotateKeyring } = await import("../stack/secrets.ts");
      const { current } = rotateKeyring(dataDirectory(context.env, context.cwd));
      context.stdout.write(`${current} signs from the stack's next start on; the key before it still opens.\n`);
    });
}
