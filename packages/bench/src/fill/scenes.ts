import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { fractal, hash, type Picture, paint, smooth } from "../synthetic.ts";

export interface Scene {
  name: string;
  picture: Picture;
}

const SAMPLE = fileURLToPath(new URL("../../../cli/sample/coffee.png", import.meta.url));

/** The bare table at the right of the cup, px. What lies in a hole must lie around it, too, or no filler can know it. */
const TABLE = { left: 440, top: 0, width: 160, height: 160 };

/** Textures that a hole shows up in, `side` px square, and the sample photo's table enlarged to that. */
export async function scenes(side: number): Promise<Scene[]> {
  const square = (colour: Parameters<typeof paint>[2]) => paint(side, side, colour);
  return [
    { name: "meadow", picture: square(meadow) },
    { name: "bricks", picture: square(bricks) },
    { name: "pebbles", picture: square(pebbles) },
    { name: "wood", picture: square(wood) },
    { name: "photo of a table", picture: await table(side) },
  ];
}

/** Blades that lean with the wind, light and shade among them. */
function meadow(x: number, y: number): [number, number, number] {
  const lean = x + 6 * smooth(x / 60, y / 60, 3);
  const blade = fractal(lean * 3, y, 24, 3, 5);
  const shade = 0.6 + 0.5 * fractal(x, y, 120, 2, 7);
  return [(40 + 120 * blade) * shade, (70 + 150 * blade) * shade, (20 + 60 * blade) * shade];
}

/** Running bond: every other course is moved by half a brick. */
function bricks(x: number, y: number): [number, number, number] {
  const course = Math.floor(y / 36);
  const along = x + (course % 2) * 48;
  const grain = 30 * (fractal(x, y, 8, 3, 11) - 0.5);
  if (y % 36 < 4 || along % 96 < 4) return [186 + grain, 180 + grain, 170 + grain];
  const tone = 40 * hash(Math.floor(along / 96), course, 13) + grain;
  return [140 + tone, 66 + tone * 0.6, 50 + tone * 0.5];
}

/** Stones of about 22 px, each with its own grey and darker towards its edge. */
function pebbles(x: number, y: number): [number, number, number] {
  const size = 22;
  const column = Math.floor(x / size);
  const row = Math.floor(y / size);
  let nearest = Number.POSITIVE_INFINITY;
  let tone = 0;
  for (let r = row - 1; r <= row + 1; r++) {
    for (let c = column - 1; c <= column + 1; c++) {
      const distance = Math.hypot((c + hash(c, r, 17)) * size - x, (r + hash(c, r, 19)) * size - y);
      if (distance >= nearest) continue;
      nearest = distance;
      tone = hash(c, r, 23);
    }
  }
  const light = 70 + 130 * tone - 4 * nearest + 24 * (fractal(x, y, 6, 2, 29) - 0.5);
  return [light, light * 0.96, light * 0.9];
}

/** Grain along the board, bent around where knots would be. */
function wood(x: number, y: number): [number, number, number] {
  const bent = y + 40 * fractal(x / 3, y, 160, 2, 31);
  const ring = 0.5 + 0.5 * Math.sin(bent / 4);
  const fibre = smooth(x / 40, y / 1.5, 37);
  const light = 90 + 60 * ring + 40 * fibre;
  return [light + 30, light * 0.8, light * 0.5];
}

async function table(side: number): Promise<Picture> {
  const { data } = await sharp(SAMPLE)
    .removeAlpha()
    .toColourspace("srgb")
    .extract(TABLE)
    .resize(side, side)
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { width: side, height: side, rgb: new Uint8Array(data) };
}
