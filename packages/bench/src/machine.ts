import { availableParallelism, cpus } from "node:os";

/** What the figures were taken on. */
export const machine = () => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model.trim() || "unknown",
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
});

export type Machine = ReturnType<typeof machine>;
