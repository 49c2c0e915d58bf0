import fc, { type Arbitrary } from "fast-check";

type Octets = readonly [number, number, number, number];

const octet = fc.nat({ max: 255 });
const net = (...fixed: number[]): Arbitrary<Octets> =>
  fc.tuple(octet, octet, octet, octet).map(([a, b, c, d]) => {
    const [w = a, x = b, y = c, z = d] = fixed;
    return [w, x, y, z];
  });

/** IPv4 addresses that nobody outside has (RFC 6890), the ones that give credentials away first. */
const insideV4: Arbitrary<Octets> = fc.oneof(
  fc.constantFrom<Octets>([169, 254, 169, 254], [169, 254, 170, 2], [127, 0, 0, 1], [0, 0, 0, 0]),
  net(127),
  net(10),
  net(0),
  net(169, 254),
  net(192, 168),
  net(192, 0, 0),
  net(203, 0, 113),
  fc.integer({ min: 16, max: 31 }).chain((second) => net(172, second)),
  fc.integer({ min: 64, max: 127 }).chain((second) => net(100, second)),
  fc.integer({ min: 18, max: 19 }).chain((second) => net(198, second)),
  fc.integer({ min: 224, max: 255 }).chain((first) => net(first)),
);

const dotted = (octets: Octets): string => octets.join(".");
const whole = ([a, b, c, d]: Octets): number => a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
const hex = (value: number, digits = 0): string => value.toString(16).padStart(digits, "0");
const halves = ([a, b, c, d]: Octets): string => `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
const eachDigit = (text: string, to: (digit: number) => string): string =>
  text.replace(/\d/g, (digit) => to(Number(digit)));

/** Ways to write one IPv4 address that a URL parser or a resolver takes for it. */
const V4_SPELLINGS: Record<string, (octets: Octets) => string> = {
  dotted,
  decimal: (octets) => String(whole(octets)),
  hex: (octets) => `0x${hex(whole(octets))}`,
  "hex, in capitals and padded": (octets) => `0X${hex(whole(octets), 12).toUpperCase()}`,
  octal: (octets) => `0${whole(octets).toString(8)}`,
  "dotted hex": (octets) => octets.map((each) => `0x${hex(each)}`).join("."),
  "dotted octal": (octets) => octets.map((each) => `0${each.toString(8)}`).join("."),
  "octal padded": (octets) => octets.map((each) => each.toString(8).padStart(5, "0")).join("."),
  mixed: ([a, b, c, d]) => `0x${hex(a)}.${b}.0${c.toString(8)}.${d}`,
  "three parts": ([a, b, c, d]) => `${a}.${b}.${c * 256 + d}`,
  "two parts": ([a, b, c, d]) => `${a}.0x${hex((b * 256 + c) * 256 + d)}`,
  "a trailing dot": (octets) => `${dotted(octets)}.`,
  "decimal with a trailing dot": (octets) => `${whole(octets)}.`,
  "percent-encoded": (octets) => eachDigit(dotted(octets), (digit) => `%3${digit}`),
  "percent-encoded dots": (octets) => octets.join("%2e"),
  "full-width digits": (octets) => eachDigit(dotted(octets), (digit) => String.fromCodePoint(0xff10 + digit)),
  "circled digits": (octets) =>
    eachDigit(dotted(octets), (digit) => String.fromCodePoint(digit === 0 ? 0x24ea : 0x245f + digit)),
  "mathematical digits": (octets) => eachDigit(dotted(octets), (digit) => String.fromCodePoint(0x1d7ce + digit)),
  "ideographic dots": (octets) => octets.join("\u3002"),
  "full-width dots": (octets) => octets.join("\uff0e"),
  "half-width dots": (octets) => octets.join("\uff61"),
  "a soft hyphen in it": ([a, b, c, d]) => `${a}.\u00ad${b}.${c}.${d}`,
  "IPv6-mapped": (octets) => `[::ffff:${dotted(octets)}]`,
  "IPv6-mapped hex": (octets) => `[::ffff:${halves(octets)}]`,
  "IPv6-mapped in full": (octets) => `[0:0:0:0:0:FFFF:${halves(octets)}]`,
  "IPv6-compatible": (octets) => `[::${dotted(octets)}]`,
  "IPv6-translated": (octets) => `[::ffff:0:${dotted(octets)}]`,
  NAT64: (octets) => `[64:ff9b::${halves(octets)}]`,
  "NAT64 of one's own": (octets) => `[64:ff9b:1::${halves(octets)}]`,
  "6to4": (octets) => `[2002:${halves(octets)}::]`,
};

const group = fc.nat({ max: 0xffff }).map((value) => hex(value));
const tail = fc.tuple(group, group, group).map((groups) => groups.join(":"));

/** IPv6 addresses that nobody outside has, without brackets. */
const insideV6: Arbitrary<string> = fc.oneof(
  fc.constantFrom("::1", "::", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "fd00:ec2::254"),
  ...["fe80", "febf", "fc00", "fd12", "fec0", "ff02", "2001", "2001:db8", "100", "5f00", "4000"].map((start) =>
    tail.map((end) => `${start}::${end}`),
  ),
);

const V6_SPELLINGS: Record<string, (address: string) => string> = {
  plain: (address) => `[${address}]`,
  "in capitals": (address) => `[${address.toUpperCase()}]`,
  "with a zone": (address) => `[${address}%25eth0]`,
  "with a bare zone": (address) => `[${address}%lo]`,
};

const spelled = <A>(address: Arbitrary<A>, spellings: Record<string, (address: A) => string>): Arbitrary<string> =>
  fc.tuple(address, fc.constantFrom(...Object.values(spellings))).map(([each, spell]) => spell(each));

/** A host that is an address inside, in any spelling. */
export const insideHost: Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: spelled(insideV4, V4_SPELLINGS) },
  { weight: 2, arbitrary: spelled(insideV6, V6_SPELLINGS) },
);

/** An address inside, as DNS answers it. */
export const insideAddress: Arbitrary<string> = fc.oneof(
  insideV4.map(dotted),
  insideV4.map((octets) => `::ffff:${dotted(octets)}`),
  insideV4.map((octets) => `64:ff9b::${halves(octets)}`),
  insideV6,
);
