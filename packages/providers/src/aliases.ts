/**
 * Short names, and the models that each may stand for: the maker's own first, then whoever else offers it.
 * A request for one goes to the first that has what it needs and does not end soon.
 */
export const aliases: Readonly<Record<string, readonly string[]>> = {
  "stable-image": ["stability/inpaint", "bedrock/stability-inpaint", "1min/stable-image"],
  "gpt-image-1-mini": ["openai/gpt-image-1-mini", "1min/gpt-image-1-mini"],
  "gpt-image-1": ["1min/gpt-image-1"],
  "gpt-image-1.5": ["openai/gpt-image-1.5"],
  "gpt-image-2": ["openai/gpt-image-2", "1min/gpt-image-2"],
  "gpt-image-2.5-flare": ["openai/gpt-image-2.5-flare"],
  "gpt-image-2.5-sunburst": ["openai/gpt-image-2.5-sunburst"],
  "ideogram-3": ["ideogram/inpaint-3", "1min/ideogram-3"],
};
