/** A price of AWS's, US dollars: us-east-1, arm64, the first tier, no free allowance. */
export interface Price {
  /** Of so many units. */
  usd: number;
  per: number;
  source: string;
  /** When the source said so. */
  asOf: string;
}

/** What a bill is made of. A unit is one of what the name says. */
export const PRICES = {
  "Lambda requests": { usd: 0.2, per: 1e6, source: "https://cloudchipr.com/blog/aws-lambda-pricing", asOf: "2024" },
  "Lambda GB-seconds": {
    usd: 0.0000133334,
    per: 1,
    source: "https://cloudchipr.com/blog/aws-lambda-pricing",
    asOf: "2024",
  },
  // AWS's own page fills its table in by a script; this is its worked example, and what others read there
  "durable operations": { usd: 8, per: 1e6, source: "https://aws.amazon.com/lambda/pricing/", asOf: "2026-09-20" },
  "durable GB written": { usd: 0.25, per: 1, source: "https://aws.amazon.com/lambda/pricing/", asOf: "2026" },
  "durable GB-months kept": { usd: 0.15, per: 1, source: "https://aws.amazon.com/lambda/pricing/", asOf: "2026" },
  "DynamoDB write units": {
    usd: 0.625,
    per: 1e6,
    source: "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    asOf: "2025-07-21",
  },
  "DynamoDB read units": {
    usd: 0.125,
    per: 1e6,
    source: "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    asOf: "2025-07-21",
  },
  "S3 writes and lists": {
    usd: 0.005,
    per: 1000,
    source: "https://c3x.dev/blog/s3-request-fees-explained",
    asOf: "2026",
  },
  "S3 reads": { usd: 0.0004, per: 1000, source: "https://c3x.dev/blog/s3-request-fees-explained", asOf: "2026" },
  "S3 GB-months": { usd: 0.023, per: 1, source: "https://agentskb.com/kb/aws_serverless", asOf: "2025" },
  "gateway requests": { usd: 1, per: 1e6, source: "https://www.apigatewaycost.com/aws", asOf: "2026" },
  "GB to the internet": { usd: 0.09, per: 1, source: "https://www.apigatewaycost.com/aws", asOf: "2026" },
  "GB of logs": { usd: 0.5, per: 1, source: "https://go-cloud.io/aws-api-gateway-pricing", asOf: "2026" },
} as const satisfies Record<string, Price>;

/** What stands there is billed by the month. */
export const STANDING = {
  alarms: { usd: 0.1, free: 0, source: "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm", asOf: "2026" },
  dashboards: { usd: 3, free: 3, source: "https://aws.amazon.com/cloudwatch/pricing/", asOf: "2026" },
} as const;

export type Unit = keyof typeof PRICES;
