/** Spreads the bits of a 32-bit integer (the finaliser of MurmurHash3): neighbours in, strangers out. */
export function mix32(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** A 32-bit hash of a text (FNV-1a, then mixed). The same text always gives the same number. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return mix32(hash);
}

export interface Random {
  /** The next whole number, 0 … 2³²−1. */
  next(): number;
  /** A UUID (version 4) from the same stream. */
  uuid(): string;
}

/** A stream of numbers that repeats for the same seed, so that a failing test fails again. */
export function seededRandom(seed: number): Random {
  let state = mix32(seed);
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    return mix32(state);
  };
  return {
    next,
    uuid() {
      const bytes = Buffer.alloc(16);
      for (let offset = 0; offset < 16; offset += 4) bytes.writeUInt32BE(next(), offset);
      bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
      bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
      return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    },
  };
}
