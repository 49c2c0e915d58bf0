import { dollars, type Limits } from "@infill/core";
import { usageError } from "../exit.ts";
import { counted } from "../output/words.ts";

/** Dollars as people write them → micro-USD. @throws CliError naming the flag */
export function microUsd(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(text)) throw usageError(`${flag} ${text}: dollars, such as 25 or 0.50`);
  return Math.round(Number(text) * 1_000_000);
}

/** @throws CliError naming the flag */
function whole(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw usageError(`${flag} ${text}: a whole number from 1`);
  return Number(text);
}

/** Limits that flags set; `undefined` when they set none. */
export function limitsOf(
  given: { month?: string | undefined; day?: string | undefined; perMinute?: string | undefined },
  prefix = "",
): Limits | undefined {
  const month = microUsd(given.month, `--${prefix}month`);
  const day = microUsd(given.day, `--${prefix}day`);
  const perMinute = whole(given.perMinute, `--${prefix}per-minute`);
  const limits: Limits = {
    ...(month === undefined ? {} : { month }),
    ...(day === undefined ? {} : { day }),
    ...(perMinute === undefined ? {} : { perMinute }),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/** `$25.00 a month, 60 a minute` */
export const describeLimits = ({ month, day, perMinute }: Limits = {}): string =>
  [
    ...(month === undefined ? [] : [`${dollars(month)} a month`]),
    ...(day === undefined ? [] : [`${dollars(day)} a day`]),
    ...(perMinute === undefined ? [] : [`${counted(perMinute, "write")} a minute`]),
  ].join(", ");
