import type { Random } from "../random.ts";
import { BODY_AT, checked, type Format, join, LENGTH_AT, partsOf } from "./container.ts";

interface Subject {
  format: Format;
  file: Uint8Array;
  /** Another picture of any format. */
  other: Uint8Array;
  random: Random;
}

/** Numbers that break what counts with them. */
const EDGES = [0, 1, 2, 7, 8, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
/** What stands at the start of a file decides most. */
const START_BYTES = 64;

/** Ways to damage a picture, by name. Each makes a new file. */
export const MUTATIONS: Record<string, (subject: Subject) => Uint8Array> = {
  "bits flipped"({ file, random }) {
    const copy = Uint8Array.from(file);
    for (let left = 1 + random.below(8); left > 0; left--) flip(copy, random.below(copy.length), random);
    return copy;
  },
  "bits flipped at the start"({ file, random }) {
    const copy = Uint8Array.from(file);
    for (let left = 1 + random.below(4); left > 0; left--)
      flip(copy, random.below(Math.min(START_BYTES, copy.length)), random);
    return copy;
  },
  "cut off": ({ file, random }) => file.subarray(0, random.below(file.length)),
  "a piece missing"({ file, random }) {
    const [start, end] = range(file, random);
    return Buffer.concat([file.subarray(0, start), file.subarray(end)]);
  },
  "a piece overwritten"({ file, random }) {
    const copy = Uint8Array.from(file);
    const [start, end] = range(file, random);
    if (random.below(2) === 0) copy.fill(random.pick([0, 0xff]), start, end);
    else copy.set(random.bytes(end - start), start);
    return copy;
  },
  "garbage behind": ({ file, random }) => Buffer.concat([file, random.bytes(1 + random.below(2000))]),
  "another picture's end": ({ file, other, random }) =>
    Buffer.concat([file.subarray(0, random.below(file.length)), other.subarray(random.below(other.length))]),
  "an edge number"({ file, random }) {
    const copy = Buffer.from(file);
    const at = random.below(Math.max(1, copy.length - 4));
    write(copy, at, random.pick([2, 4]), random.pick(EDGES), random.below(2) === 0);
    return copy;
  },
  "parts shuffled": changedParts((parts, { random }) => {
    for (let i = parts.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [parts[i], parts[j]] = [parts[j] as Uint8Array, parts[i] as Uint8Array];
    }
  }),
  "a part dropped": changedParts((parts, { random }) => void parts.splice(random.below(parts.length), 1)),
  "a part doubled": changedParts((parts, { random }) => {
    const part = random.pick(parts);
    for (let left = 1 + random.below(20); left > 0; left--) parts.splice(random.below(parts.length + 1), 0, part);
  }),
  "a wrong length": changedParts((parts, { random, format }) => {
    const i = random.below(parts.length);
    const copy = Buffer.from(parts[i] ?? []);
    const bytes = format === "jpeg" ? 2 : 4;
    const at = LENGTH_AT[format];
    if (copy.length < at + bytes) return;
    const old = format === "webp" ? copy.readUInt32LE(at) : copy.readUIntBE(at, bytes);
    write(copy, at, bytes, random.pick([...EDGES, old - 1, old + 1, old * 2]), format === "webp");
    parts[i] = copy;
  }),
  "garbage in a part": changedParts((parts, { random, format }) => {
    const i = random.below(parts.length);
    const copy = Buffer.from(parts[i] ?? []);
    const [start, end] = [BODY_AT[format], copy.length - (format === "png" ? 4 : 0)];
    if (end <= start) return;
    for (let left = 1 + random.below(12); left > 0; left--)
      copy[start + random.below(end - start)] = random.pick([0, 0xff, random.below(256)]);
    parts[i] = format === "png" ? checked(copy) : copy;
  }),
  "edge numbers in a part": changedParts((parts, { random, format }) => {
    const i = random.below(parts.length);
    const copy = Buffer.from(parts[i] ?? []);
    const [start, end] = [BODY_AT[format], copy.length - (format === "png" ? 4 : 0)];
    if (end < start + 4) return;
    for (let left = 1 + random.below(3); left > 0; left--)
      write(copy, start + random.below(end - start - 3), random.pick([2, 4]), random.pick(EDGES), format === "webp");
    parts[i] = format === "png" ? checked(copy) : copy;
  }),
};

function changedParts(change: (parts: Uint8Array[], subject: Subject) => void) {
  return (subject: Subject): Uint8Array => {
    const [head = new Uint8Array(), ...parts] = partsOf(subject.format, subject.file);
    if (parts.length > 0) change(parts, subject); // else it was cut off before the first
    return join(subject.format, [head, ...parts]);
  };
}

function flip(bytes: Uint8Array, at: number, random: Random): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
}

function range(file: Uint8Array, random: Random): [start: number, end: number] {
  const start = random.below(file.length);
  return [start, Math.min(file.length, start + 1 + random.below(400))];
}

function write(bytes: Buffer, at: number, length: 2 | 4, value: number, little: boolean): void {
  const fits = length === 2 ? value & 0xffff : value >>> 0;
  if (at + length > bytes.length) return;
  if (little) bytes.writeUIntLE(fits, at, length);
  else bytes.writeUIntBE(fits, at, length);
}
