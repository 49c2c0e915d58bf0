import { type Counts, METRICS } from "@infill/core";

/**
 * What tells one deployment's metrics from another's is the namespace; this only has to be there. More
 * dimensions would be more metrics, of which each costs by the month: these are nine, and ten are free.
 */
const SERVICE = "infill";

/**
 * A line from which CloudWatch takes metrics, if there is anything to count
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 */
export function metricLine(
  { status, ...values }: Counts,
  { namespace, job, now }: { namespace: string; job: unknown; now: number },
): string | undefined {
  const names = Object.keys(values) as (keyof typeof METRICS)[];
  if (names.length === 0) return undefined;
  const directive = (dimensions: string[], chosen: typeof names) => ({
    Namespace: namespace,
    Dimensions: [dimensions],
    Metrics: chosen.map((Name) => ({ Name, Unit: METRICS[Name] })),
  });
  const CloudWatchMetrics = [
    directive(
      ["service", "status"],
      names.filter((name) => name === "jobs"),
    ),
    directive(
      ["service"],
      names.filter((name) => name !== "jobs"),
    ),
  ].filter(({ Metrics }) => Metrics.length > 0);
  return JSON.stringify({ _aws: { Timestamp: now, CloudWatchMetrics }, service: SERVICE, status, job, ...values });
}
