import type { FuzzReport } from "./fuzz.ts";

/** `200 × 12  404 × 3`, by name. */
export function tellStatuses(statuses: Record<string, Record<number, number>>, width: number): void {
  for (const [name, counts] of Object.entries(statuses)) {
    const told = Object.entries(counts).map(([status, times]) => `${status} × ${times}`);
    console.log(`${name.padEnd(width)}${told.join("  ")}`);
  }
}

/** What the API answered, and what of it was not as it should be. */
export function tellRequests({ requests, succeeded, statuses, surprises }: FuzzReport): void {
  tellStatuses(statuses, 18);
  for (const { request, status, problems } of surprises)
    console.log(
      `\n${request.method} ${request.path} → ${status}\n  ${problems.join("\n  ")}\n  ${shown(request.body)}`,
    );
  const share = Math.round((succeeded / requests) * 1000) / 10;
  console.log(`\n${requests} requests, ${share} % of them valid and successful, ${surprises.length} surprises`);
}

const shown = (body = ""): string => (body.length > 400 ? `${body.slice(0, 400)}…` : body);
