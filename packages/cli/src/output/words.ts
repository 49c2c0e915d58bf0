import { dollars } from "@infill/core";

/** Quantities as people read them. */

/** Bytes: `812 B`, `4.2 kB`, `6.9 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

/** ms: `240 ms`, `1.3 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** How long ago, coarsely. @param ms since then */
export function ago(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 90) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 36 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

/** Micro-USD: `free`, `$0.04`, `$0.0047`. */
export const usd = (micro: number): string => (micro === 0 ? "free" : dollars(micro));

/** `1 job`, `3 jobs` */
export const counted = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`;

export const grouped = (count: number): string => count.toLocaleString("en-US");

/** A share, 0–1: `0 %`, `under 0.1 %`, `12.5 %`. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return "under 0.1 %";
  return `${Number((share * 100).toFixed(1))} %`;
}

/** The time of day here: `14:05`. @param iso ISO 8601 */
export const hourOf = (iso: string): string => new Date(iso).toTimeString().slice(0, 5);

/** At most so many characters, `…` in place of the rest. */
export const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
