import type { ContentType } from "./image.ts";

/** An upload that was signed for: the bytes themselves are in storage, or not yet. */
export interface Asset {
  v: 1;
  id: string;
  tenant: string;
  user?: string;
  purpose: "image" | "mask";
  key: string;
  contentType: ContentType;
  /** Exact length in bytes that was signed. */
  contentLength: number;
  /** Hex SHA-256 of the content, when the caller gave one. */
  sha256?: string;
  createdAt: number;
  /** When the signed URL stops working; ms since the epoch. */
  uploadExpiresAt: number;
}
