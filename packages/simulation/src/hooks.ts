import type { PostWebhook } from "@infill/core";
import { isGoneFor } from "./law.ts";
import type { Place } from "./ports.ts";

/** The callers' own receivers: they break, they refuse, and those called `gone` have gone for good. */
export const postWebhook =
  ({ site, process }: Place): PostWebhook =>
  ({ url, headers, body }) =>
    process.call(`webhook to ${url}`, () => {
      const { world, law } = site;
      const id = headers["webhook-id"] ?? "";
      const gone = isGoneFor(url);
      const refuses = world.breaks(`hook of ${id} at ${url} by ${process.name} refuses`, world.faultRate * 5);
      if (!gone && !refuses) law.delivered(id, url, body);
      return { value: { status: gone ? 410 : refuses ? 500 : 204 } };
    });
