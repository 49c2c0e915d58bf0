import { AwsClient } from "aws4fetch";

/** How long a value is used before it is asked for again, ms: as long as a new one may take to arrive. */
export const KEEP_MS = 60_000;
const TIMEOUT_MS = 5_000;

export interface ParameterOptions {
  region: string;
  /** Instead of Amazon's own. */
  endpoint?: string;
  credentials: () => { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** ms since the epoch. */
  now: () => number;
}

/**
 * Reads parameters when they are used. Providers' keys are not in the bundle: executions keep the
 * bundle they began with, and a rotated key must reach them, too.
 *
 * @returns readers by parameter name, each of which asks at most once a minute; they throw an Error
 *   when the parameter cannot be read, never with a value in it
 */
export function parameterReader(options: ParameterOptions): (name: string) => () => Promise<string> {
  return (name) => {
    let kept: { value: Promise<string>; until: number } | undefined;
    return () => {
      if (kept !== undefined && options.now() < kept.until) return kept.value;
      const value = getParameter(options, name);
      const asked = { value, until: options.now() + KEEP_MS };
      kept = asked;
      value.catch(() => {
        if (kept === asked) kept = undefined; // a failure is not kept
      });
      return value;
    };
  };
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
async function getParameter({ region, endpoint, credentials }: ParameterOptions, name: string): Promise<string> {
  const client = new AwsClient({ ...credentials(), service: "ssm", region, retries: 2 });
  const answer = await client.fetch(endpoint ?? `https://ssm.${region}.amazonaws.com`, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.GetParameter" },
    body: JSON.stringify({ Name: name, WithDecryption: true }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) {
    await answer.arrayBuffer();
    throw new Error(`The parameter ${name} cannot be read: ${answer.status}`);
  }
  const { Parameter } = (await answer.json()) as { Parameter: { Value: string } };
  return Parameter.Value;
}
