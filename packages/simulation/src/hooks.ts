import type { PostWebhook } from "@infill/core";
import type { Place } from "./ports.ts";

/** The callers' own receivers: they break, they refuse, and one has gone for good. */
export const postWebhook =
  ({ site, process }: Place): PostWebhook =>
  ({ url, headers, body }) =>
    process.call("webhook", () => {
      const { world, law } = site;
      const id = headers["webhook-id"] ?? "";
      const gone = url.endsWith("/gone");
      const refuses = world.breaks(`hook of ${id} by ${process.name} refuses`, world.faultRate * 5);
      if (!gone && !refuses) law.delivered(id, body);
      return { value: { status: gone ? 410 : refuses ? 500 : 204 } };
    });
