import { generateKeyPairSync, sign } from "node:crypto";

/** What a TLS server presents, PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

/**
 * A certificate that is its own authority, for a server of a test: https is spoken as it is outside, and
 * whoever is told to trust it does. X.509 version 3, P-256, good for a day around `now` (RFC 5280).
 * @param names `*.example.com`; the first is its subject
 */
export function makeCertificate(names: readonly [string, ...string[]], now: number): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(tagged(0x31, sequence(oid("2.5.4.3"), tagged(0x0c, Buffer.from(names[0])))));
  const days = [now - DAY_MS, now + DAY_MS].map((ms) => tagged(0x17, Buffer.from(utcTime(ms))));
  const alternatives = sequence(...names.map((each) => tagged(0x82, Buffer.from(each))));
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))),
    tagged(0x02, Buffer.of(1)),
    ECDSA_SHA256,
    name,
    sequence(...days),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(sequence(oid("2.5.29.17"), tagged(0x04, alternatives)))),
  );
  const signature = tagged(0x03, Buffer.concat([Buffer.of(0), sign("sha256", body, privateKey)]));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem(sequence(body, ECDSA_SHA256, signature)),
  };
}

const DAY_MS = 86_400_000;

/** One value in DER: tag, length, content. */
function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const long = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...long), content]);
}

const sequence = (...parts: Uint8Array[]): Buffer => tagged(0x30, Buffer.concat(parts));

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const base128 = (value: number): number[] => {
    const bytes = [value & 0x7f];
    for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
    return bytes;
  };
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));

/** `YYMMDDhhmmssZ` */
const utcTime = (ms: number): string => `${new Date(ms).toISOString().replace(/\D/g, "").slice(2, 14)}Z`;

const pem = (der: Buffer): string => {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
};
