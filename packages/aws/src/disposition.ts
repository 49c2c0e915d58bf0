import { percentEncode } from "./location.ts";

/**
 * `Content-Disposition` that makes a browser save a file under a name, whatever the name holds:
 * `filename` with the plain characters for old readers, `filename*` in UTF-8 where that loses any
 * (RFC 6266, RFC 5987). Nothing of the name can end the quoted string or the header.
 */
export function attachment(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/gu, "_");
  const header = `attachment; filename="${plain}"`;
  return plain === filename ? header : `${header}; filename*=UTF-8''${percentEncode(filename.toWellFormed())}`;
}
