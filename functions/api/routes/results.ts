import { InfillError, isLinkTo, openResultLink, type StoredResult, shownResult } from "@infill/core";
import { type Context, Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";

/** A redirect's target works this long, seconds: a URL signed with a function's role dies with the role's session. */
const DOWNLOAD_SECONDS = 300;

/** Redirects to a fresh, short presigned GET. */
export async function redirectToResult(
  c: Context<ApiEnv>,
  deps: Pick<ApiDeps, "objects">,
  jobId: string,
  index: number,
  result: StoredResult,
): Promise<Response> {
  const url = await deps.objects.signDownload({
    key: result.key,
    expiresInSeconds: DOWNLOAD_SECONDS,
    filename: `${jobId}-${index}.${result.contentType.slice("image/".length)}`,
    contentType: result.contentType,
  });
  return c.redirect(url, 302);
}

/** `GET /r/{token}`: a result by capability, for those who hold no key. */
export const resultRoutes = (deps: Pick<ApiDeps, "links" | "records" | "objects" | "clock">) =>
  new Hono<ApiEnv>().get("/:token", async (c) => {
    const opened = openResultLink(deps.links.keyring, c.req.param("token"), deps.clock.now());
    const job = opened && (await deps.records.getJob(opened.jobId));
    const result = opened && job && isLinkTo(job, opened) ? shownResult(job, opened.index) : undefined;
    if (result === undefined || opened === undefined)
      throw new InfillError("not_found", "This link is wrong or has expired");
    return redirectToResult(c, deps, opened.jobId, opened.index, result);
  });
