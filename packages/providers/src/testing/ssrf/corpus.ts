import fc, { type Arbitrary } from "fast-check";
import { insideAddress, insideHost } from "./spellings.ts";

/** An address outside, where the attacker's own server is. */
export const PUBLIC_ADDRESS = "93.184.216.34";
/** The attacker's own names: one label below it. */
export const ATTACKERS = "attacker.example";

/** A URL that means to have something inside requested. */
export interface Attempt {
  /** The trick, in a word or two. */
  kind: string;
  url: string;
  /**
   * When it shows what it is: as it is written, when its name is looked up, when it is answered with a
   * redirect, or when its name is looked up once more.
   */
  shows: "written" | "looked up" | "redirected" | "looked up again";
  /** What DNS says to each name, look-up by look-up; the last answer for good. */
  names: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** What the attacker's server answers, by URL. */
  redirects: Readonly<Record<string, Redirect>>;
}

export interface Redirect {
  status: number;
  location: string;
}

const attempt = (kind: string, url: string, rest: Partial<Attempt> = {}): Attempt => ({
  kind,
  url,
  shows: "written",
  names: {},
  redirects: {},
  ...rest,
});

const port = fc.constantFrom(
  "",
  "",
  "",
  ":",
  ":80",
  ":443",
  ":22",
  ":0",
  ":00443",
  ":6379",
  ":9200",
  ":65535",
  ":65536",
);
const path = fc.constantFrom(
  ...["", "/", "/latest/meta-data/iam/security-credentials/", "/latest/api/token", "/v2/credentials/x?y=z"],
  ...["/computeMetadata/v1/?recursive=true", "/2018-06-01/runtime/invocation/next", "/x.png#y", "/..%2f..%2f", "?a=b"],
);
const scheme = fc.constantFrom("https", "https", "https", "http", "HTTPS", "hTTps");
const label = fc.stringMatching(/^[a-z][a-z0-9]{5,10}$/);
const attackersName = label.map((each) => `${each}.${ATTACKERS}`);

const written = (kind: string, url: Arbitrary<string>): Arbitrary<Attempt> => url.map((each) => attempt(kind, each));
const at = (host: Arbitrary<string>): Arbitrary<string> =>
  fc.tuple(scheme, host, port, path).map(([s, h, p, rest]) => `${s}://${h}${p}${rest}`);

const literal = written("an address", at(insideHost));

const DECOYS = [ATTACKERS, `${ATTACKERS}:443`, "user:password", "a%40b", `${ATTACKERS}%2f`, "", ":", "%00"];
const userinfo = written(
  "a user part",
  fc.oneof(
    fc.tuple(fc.constantFrom(...DECOYS), at(insideHost)).map(([decoy, url]) => url.replace("://", `://${decoy}@`)),
    fc
      .tuple(scheme, insideHost, fc.constantFrom("\\@", "#@", "?@", "/@", "\\\\", "#"))
      .map(([s, host, trick]) => `${s}://${host}${trick}${ATTACKERS}/`),
  ),
);

const ownNames = ["localhost", "ip6-localhost", "metadata", "instance-data", "kubernetes", "redis", "wpad", "intranet"];
const suffixes = ["localhost", "local", "internal", "home.arpa", "intranet", "lan", "corp", "home"];
const insideName = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(...ownNames, "metadata.google.internal", "host.docker.internal"),
      label,
      fc.tuple(label, fc.constantFrom(...suffixes)).map((parts) => parts.join(".")),
    ),
    fc.constantFrom<((name: string) => string)[]>(
      (name) => name,
      (name) => name.toUpperCase(),
      (name) => `${name}.`,
      (name) => `${name}\u3002`,
      (name) => name.replaceAll(".", "\uff0e"),
      (name) => name.replace(/[a-z]/g, (letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
      (name) => `${name.slice(0, 3)}\u00ad${name.slice(3)}`,
      (name) => `${name.slice(0, 2)}%${name.charCodeAt(2).toString(16)}${name.slice(3)}`,
    ),
  )
  .map(([name, spell]) => spell(name));
const internal = written("a name of the inside", at(insideName));

const SCHEMES = [
  "file",
  "ftp",
  "gopher",
  "dict",
  "ldap",
  "sftp",
  "tftp",
  "ws",
  "wss",
  "jar:https",
  "blob:https",
  "view-source:https",
];
const otherScheme = written(
  "another scheme",
  fc.oneof(
    fc.tuple(fc.constantFrom(...SCHEMES), insideHost, port).map(([s, host, p]) => `${s}://${host}${p}/x`),
    fc
      .tuple(fc.constantFrom("data:image/png;base64,", "javascript:", "about:", "mailto:x@", "urn:"), label)
      .map((parts) => parts.join("")),
    attackersName.map((name) => `http://${name}/`),
  ),
);

/** What a parser of browsers' ways still reads as a URL of the inside, and what it does not read at all. */
const oddSyntax = written(
  "odd syntax",
  fc
    .tuple(
      insideHost,
      path,
      fc.constantFrom<((host: string, rest: string) => string)[]>(
        (host, rest) => ` https://${host}${rest}`,
        (host, rest) => `\u0001https://${host}${rest}`,
        (host, rest) => `ht\ntps://${host}${rest}`,
        (host, rest) => `https:\t//${host}${rest}`,
        (host, rest) => `https:/${host}${rest}`,
        (host, rest) => `https:${host}${rest}`,
        (host, rest) => `https:////${host}${rest}`,
        (host, rest) => `https:\\\\${host}${rest}`,
        (host, rest) => `https:/\\${host}${rest}`,
        (host, rest) => `//${host}${rest}`,
        (host, rest) => `${host}${rest}`,
        (host, rest) => `https://${host} .${ATTACKERS}${rest}`,
        (host, rest) => `https://${host}%00.${ATTACKERS}${rest}`,
        (host, rest) => `https://${host}%0d%0a.${ATTACKERS}${rest}`,
      ),
    )
    .map(([host, rest, write]) => write(host, rest)),
);

const nameOf = (url: string): string => new URL(url).hostname;
const sentAs = (url: string): string => new URL(url).href.split("#")[0] ?? "";

/** An innocent name that leads inside: by its only answer, or by one among others. */
const lookedUp: Arbitrary<Attempt> = fc
  .tuple(
    fc.oneof(
      attackersName,
      fc.tuple(label, insideAddress).map(([each, address]) => `${each}.${address.replaceAll(":", "-")}.${ATTACKERS}`),
      label.map((each) => `b\u00fccher-${each}.${ATTACKERS}`),
      label.map((each) => `${each}.xn--fiqs8s`),
    ),
    fc.constantFrom("", ":8443", ":22"),
    path,
    fc.array(insideAddress, { minLength: 1, maxLength: 3 }),
    fc.boolean(),
  )
  .map(([name, p, rest, addresses, mixed]) => {
    const url = `https://${name}${p}${rest}`;
    const answers = mixed ? [PUBLIC_ADDRESS, ...addresses] : addresses;
    return attempt("a name that leads inside", url, { shows: "looked up", names: { [nameOf(url)]: [answers] } });
  });

/** Public when it is checked, inside when it is asked for again. */
const rebinding: Arbitrary<Attempt> = fc.tuple(attackersName, path, insideAddress).map(([name, rest, address]) => {
  const url = `https://${name}${rest}`;
  return attempt("a name that is rebound", url, {
    shows: "looked up again",
    names: { [name]: [[PUBLIC_ADDRESS], [address]] },
    redirects: { [sentAs(url)]: { status: 302, location: "/again" } },
  });
});

const ASCII = /^[\x21-\x7e]+$/;

/** One to three redirects, from the attacker's own server to any of the above. */
const redirected: Arbitrary<Attempt> = fc
  .tuple(
    fc.uniqueArray(attackersName, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(301, 302, 303, 307, 308),
    fc
      .oneof(
        ...[literal, userinfo, internal, otherScheme, lookedUp],
        written(
          "",
          fc.tuple(fc.constantFrom("//", "/\\", "\\\\"), insideHost).map((parts) => `${parts.join("")}/x`),
        ),
      )
      .filter(({ url }) => ASCII.test(url)),
  )
  .map(([names, status, end]) => {
    const places = names.map((name, hop) => `https://${name}/hop/${hop}`);
    const hops = places.map((place, hop) => [place, { status, location: places[hop + 1] ?? end.url }] as const);
    const own = names.map((name) => [name, [[PUBLIC_ADDRESS]]] as const);
    return attempt("a redirect", places[0] ?? "", {
      shows: "redirected",
      names: { ...end.names, ...Object.fromEntries(own) },
      redirects: Object.fromEntries(hops),
    });
  });

const anyAttempt = fc.oneof(
  { weight: 6, arbitrary: literal },
  { weight: 3, arbitrary: userinfo },
  { weight: 3, arbitrary: internal },
  { weight: 2, arbitrary: otherScheme },
  { weight: 3, arbitrary: oddSyntax },
  { weight: 3, arbitrary: lookedUp },
  { weight: 2, arbitrary: rebinding },
  { weight: 3, arbitrary: redirected },
);

/** So many different attempts; the same seed gives the same. */
export function ssrfCorpus({ count, seed }: { count: number; seed: number }): Attempt[] {
  const byUrl = new Map<string, Attempt>();
  for (let round = 0; byUrl.size < count; round++)
    for (const each of fc.sample(anyAttempt, { numRuns: count, seed: seed + round }))
      if (byUrl.size < count) byUrl.set(each.url, each);
  return [...byUrl.values()];
}

/** Each of them, a few at a time. */
export async function tryEach(attempts: readonly Attempt[], request: (attempt: Attempt) => Promise<void>) {
  for (let i = 0; i < attempts.length; i += 25) await Promise.all(attempts.slice(i, i + 25).map(request));
}
