import type { ModelsLabSimulator } from "@infill/simulators";
import { OPEN, type Started } from "./target.ts";

/** How ModelsLab is to behave under load: no vendor's time is measured. */
export function behaveUnderLoad(modelsLab: ModelsLabSimulator): void {
  modelsLab.behave({ times: Number.POSITIVE_INFINITY, answer: "success" });
  modelsLab.behave({
    ...{ when: OPEN, times: Number.POSITIVE_INFINITY },
    ...{ answer: "queued", etaSeconds: 3600, takesSeconds: Number.POSITIVE_INFINITY, callback: "never" },
  });
}

/**
 * The process's side of a target: says where it is, tells of webhooks when it is asked, and ends with who
 * started it.
 */
export function answerParent(started: Started, modelsLab: ModelsLabSimulator, stop: () => Promise<void>): void {
  const webhooks = () =>
    modelsLab.jobs.flatMap(({ state, submit }) => (state === "processing" ? (submit.webhook ?? []) : []));
  process.on("message", async (count: number) => {
    await modelsLab.until(() => webhooks().length >= count);
    process.send?.(webhooks());
  });
  process.once("disconnect", async () => {
    await stop();
    process.exit(0);
  });
  process.on("SIGINT", () => {}); // Ctrl-C is for who started this, whose end is this one's
  process.send?.(started);
}
