import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { createS3Presigner } from "@infill/aws/presign";
import { createBareSigner } from "./bare-sigv4.ts";
import type { Benchmark } from "./benchmark.ts";
import { interleave, rateOf, ratioOf, spreadOf } from "./measure.ts";

const EFFORT = {
  full: { rounds: 21, warmups: 5, signatures: 400 },
  smoke: { rounds: 1, warmups: 0, signatures: 2 },
};

const REGION = "eu-west-1";
const BUCKET = "pictures";
const HOST = `${BUCKET}.s3.${REGION}.amazonaws.com`;
const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "an example of a secret access key" };
const EXPIRES = 900;
const LENGTH = 3_145_728;
const keyOf = (i: number) => `u/acme/ast_${i}`;

/** Signs one upload three ways. */
export const presign: Benchmark = {
  name: "presign",
  describe: "Presigned PUTs: ours, a bare SigV4 signature over node:crypto, the SDK's getSignedUrl",

  async run({ effort, progress }) {
    const { signatures, ...rounds } = EFFORT[effort];
    let now = Date.now();
    const ours = createS3Presigner({ bucket: BUCKET, region: REGION, credentials, now: () => now });
    const sign = (i: number) =>
      ours.signUpload({
        key: keyOf(i),
        contentType: "image/jpeg",
        contentLength: LENGTH,
        expiresInSeconds: EXPIRES,
      });
    const signBare = createBareSigner();
    const bare = (i: number) =>
      signBare({
        host: HOST,
        path: `/${keyOf(i)}`,
        region: REGION,
        ...credentials,
        headers: { "content-length": String(LENGTH), "content-type": "image/jpeg", "if-none-match": "*" },
        expiresInSeconds: EXPIRES,
        now: new Date(now),
      });
    requireSameSignature((await sign(0)).url, bare(0));

    const client = new S3Client({ region: REGION, credentials, requestChecksumCalculation: "WHEN_REQUIRED" });
    const sdk = (i: number) =>
      getSignedUrl(
        client,
        new PutObjectCommand({
          Bucket: BUCKET,
          Key: keyOf(i),
          ContentType: "image/jpeg",
          ContentLength: LENGTH,
          IfNoneMatch: "*",
        }),
        { expiresIn: EXPIRES, signableHeaders: new Set(["content-type"]) },
      );

    const rate = (call: (i: number) => unknown) => () => {
      now = Date.now();
      return rateOf(signatures, call);
    };
    const per = await interleave(
      { infill: rate(sign), bare: rate(bare), sdk: rate(sdk) },
      { ...rounds, onRound: (round) => progress(`round ${round} of ${rounds.rounds}`) },
    );
    client.destroy();
    return {
      figures: [
        { what: "infill", unit: "/s", ...spreadOf(per.infill) },
        { what: "bare SigV4", unit: "/s", ...spreadOf(per.bare) },
        { what: "getSignedUrl over an S3Client", unit: "/s", ...spreadOf(per.sdk) },
      ],
      ratios: [
        { what: "infill", against: "bare SigV4", better: "higher", ...ratioOf(per.infill, per.bare) },
        { what: "infill", against: "getSignedUrl", better: "higher", ...ratioOf(per.infill, per.sdk) },
      ],
      notes: [
        "Checked before the clock starts: ours and the bare signer give the same signature for the same second.",
        "Ours and the bare signer sign content-length, content-type and if-none-match; all three derive a day's key once.",
      ],
    };
  },
};

/** Both signers are right, or neither figure means anything. */
function requireSameSignature(ours: string, bare: string): void {
  const [a, b] = [ours, bare].map((url) => new URL(url).searchParams.get("X-Amz-Signature"));
  if (a !== b || a === null) throw new Error(`the signatures differ: ${a} of\n${ours}\nand ${b} of\n${bare}`);
}
