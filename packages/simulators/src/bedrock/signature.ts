import { createHash, createHmac } from "node:crypto";
import type { Exchange } from "../server.ts";
import type { BedrockRefusal } from "./refusals.ts";

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

const FIVE_MINUTES_MS = 300_000;
const HEADER = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

const hash = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/**
 * Checks a request's signature as AWS documents it (Signature Version 4,
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * @param now ms since the epoch
 * @returns what is wrong with it
 */
export async function checkSignature(
  exchange: Pick<Exchange, "method" | "path" | "headers" | "readBody">,
  { known, region, now }: { known: readonly Credentials[]; region: string; now: number },
): Promise<BedrockRefusal | undefined> {
  const { method, path, headers } = exchange;
  const [, id, scope = "", names = "", signature] = HEADER.exec(headers.authorization ?? "") ?? [];
  if (headers.authorization === undefined) return "no-signature";
  const date = String(headers["x-amz-date"] ?? "");
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  const credentials = known.find(({ accessKeyId }) => accessKeyId === id);
  if (credentials === undefined || headers["x-amz-security-token"] !== credentials.sessionToken) return "unknown-key";
  if (!(Math.abs(now - at) <= FIVE_MINUTES_MS)) return "stale-signature";
  if (scope !== `${date.slice(0, 8)}/${region}/bedrock/aws4_request`) return "wrong-scope";
  const signed = names.split(";");
  const mustBe = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  if (!mustBe.every((name) => signed.includes(name))) return "bad-signature";
  const canonical = [
    method,
    // encoded once more than it was sent
    path.split("/").map(encodeStrictly).join("/"),
    "",
    ...signed.map(
      (name) =>
        `${name}:${String(headers[name] ?? "")
          .trim()
          .replace(/ +/g, " ")}`,
    ),
    "",
    names,
    hash(await exchange.readBody()),
  ].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${credentials.secretAccessKey}`);
  const expected = hmac(key, ["AWS4-HMAC-SHA256", date, scope, hash(canonical)].join("\n")).toString("hex");
  return signature === expected ? undefined : "bad-signature";
}

const encodeStrictly = (segment: string): string =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
