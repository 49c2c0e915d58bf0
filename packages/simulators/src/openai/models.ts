/** A model as the vendor documents it. */
export interface OpenAiModel {
  id: string;
  /** ISO date from which it is gone. */
  shutdown?: string;
  /** `three`: 1024x1024, 1536x1024, 1024x1536. `any`: sides divisible by 16, within limits. */
  sizes: "three" | "any";
  /** Values of `input_fidelity` that it takes. */
  fidelity: readonly string[];
  transparency: boolean;
  tokens: PictureTokens;
}

/** Tokens of a picture by quality: of a square of 1024 px, by which the pixels count, and the most that there are. */
type PictureTokens = Readonly<Record<"low" | "medium" | "high", readonly [square: number, most: number]>>;

const FIRST: PictureTokens = { low: [272, 408], medium: [1056, 1584], high: [4160, 6240] };
const SECOND: PictureTokens = { low: [200, 533], medium: [1766, 4633], high: [7033, 18_833] };
const SECOND_AND_A_HALF: PictureTokens = { low: [200, 533], medium: [466, 1166], high: [1766, 4633] };

/** What a picture of this size, px, takes. `auto` is the medium quality here. */
export function pictureTokens(
  { tokens }: OpenAiModel,
  { quality, width, height }: { quality: string; width: number; height: number },
): number {
  const [square, most] = tokens[quality === "low" || quality === "high" ? quality : "medium"];
  return Math.min(most, Math.ceil((square * width * height) / 1024 ** 2));
}

export const MODELS: readonly OpenAiModel[] = [
  {
    id: "gpt-image-1",
    shutdown: "2026-10-23",
    sizes: "three",
    fidelity: ["low", "high"],
    transparency: true,
    tokens: FIRST,
  },
  {
    id: "gpt-image-1-mini",
    shutdown: "2026-12-01",
    sizes: "three",
    fidelity: ["low"],
    transparency: true,
    tokens: FIRST,
  },
  {
    id: "gpt-image-1.5",
    shutdown: "2026-12-01",
    sizes: "three",
    fidelity: ["low", "high"],
    transparency: true,
    tokens: FIRST,
  },
  { id: "gpt-image-2", sizes: "any", fidelity: [], transparency: false, tokens: SECOND },
  { id: "gpt-image-2.5-flare", sizes: "any", fidelity: [], transparency: true, tokens: SECOND_AND_A_HALF },
  { id: "gpt-image-2.5-sunburst", sizes: "any", fidelity: [], transparency: true, tokens: SECOND_AND_A_HALF },
];

/** Those that are still served. @param now ms since the epoch */
export const servedModels = (now: number): readonly OpenAiModel[] =>
  MODELS.filter(({ shutdown }) => shutdown === undefined || now < Date.parse(shutdown));

/** `GET /v1/models`. */
export const modelList = (now: number) => ({
  object: "list",
  data: servedModels(now).map(({ id, shutdown }) => ({
    id,
    object: "model",
    created: 1_760_000_000,
    owned_by: "system",
    ...(shutdown === undefined ? {} : { shutdown_date: shutdown }),
  })),
});

/** Why a model does not work at this size, px; `undefined` where it does. */
export function sizeFault({ sizes }: OpenAiModel, width: number, height: number): string | undefined {
  if (sizes === "three") {
    const known = ["1024x1024", "1536x1024", "1024x1536"].includes(`${width}x${height}`);
    return known ? undefined : "'1024x1024', '1024x1536', '1536x1024', and 'auto'";
  }
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)];
  if (width % 16 !== 0 || height % 16 !== 0) return "sizes whose sides are divisible by 16";
  if (longer > 3840) return "sizes of at most 3840 pixels a side";
  if (longer > 3 * shorter) return "aspect ratios from 1:3 to 3:1";
  const pixels = width * height;
  return pixels < 655_360 || pixels > 8_294_400 ? "sizes from 655360 to 8294400 pixels" : undefined;
}
