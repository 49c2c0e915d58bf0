import * as z from "zod";
import { HttpFailure } from "../http-failure.ts";
import type { KeyVerdict } from "../key-verdict.ts";
import type { ProviderDeps } from "../load.ts";
import { VENDOR, VENDOR_URL } from "./verdict.ts";

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

const Models = z.object({ data: z.array(z.unknown()) });

/** Asks for the list of models, which is free: `GET /v1/models`. A bad key is told so under 401. */
export async function checkOpenAiKey(deps: Pick<ProviderDeps, "http" | "key" | "baseUrl">): Promise<KeyVerdict> {
  const unclear = (says: string): KeyVerdict => ({ key: "unclear", says });
  try {
    const base = (deps.baseUrl ?? VENDOR_URL).replace(/\/+$/, "");
    const { status, body } = await deps.http.json(`${base}/v1/models`, {
      method: "GET",
      headers: { authorization: `Bearer ${await deps.key()}` },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
    });
    if (status === 401) return { key: "refused", says: `${VENDOR} refuses it` };
    // a page that something in between answers proves nothing
    if (status === 200 && Models.safeParse(body).success) return { key: "works", says: `${VENDOR} takes it` };
    return unclear(`${VENDOR} answered ${status} with nothing that tells`);
  } catch (error) {
    return unclear(
      `${VENDOR} did not answer: ${error instanceof HttpFailure ? error.message : "it could not be asked"}`,
    );
  }
}
