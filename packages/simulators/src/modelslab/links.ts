import { createFileStore, type FileStore, type LinkFault } from "../files.ts";
import type { Time } from "../time.ts";

/** The three lists of links that an answer may hold; each has its own paths, so that one can fail and another work. */
export type LinkKind = "output" | "proxy" | "future";

export type LinkStore = FileStore<LinkKind>;

const FOLDERS: Readonly<Record<LinkKind, string>> = {
  output: "/generations/",
  proxy: "/proxy/generations/",
  future: "/future/generations/",
};

export const createLinkStore = (time: Time): LinkStore => createFileStore(time, FOLDERS);

export const linkUrl = (base: string, kind: LinkKind, name: string): string => base + FOLDERS[kind] + name;

export function linkFaults(
  links: LinkFault | Partial<Record<LinkKind, LinkFault>> = "ok",
): Record<LinkKind, LinkFault> {
  const all = typeof links === "string" ? links : "ok";
  return { output: all, proxy: all, future: all, ...(typeof links === "string" ? {} : links) };
}
