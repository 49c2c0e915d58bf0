/** The request that every server gets. */
export const UPLOAD_BODY = JSON.stringify({
  purpose: "image",
  contentType: "image/jpeg",
  contentLength: 3_145_728,
  sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
});

export const uploadHeaders = (apiKey: string) => ({
  "content-type": "application/json",
  authorization: `Bearer ${apiKey}`,
});
