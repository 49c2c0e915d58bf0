import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { AwsCredentials } from "@infill/aws/presign";

/** Parameter Store, read with the credentials that AWS's own tools would find. */
export interface Parameters {
  /** @throws Error when neither we nor the profile name one */
  region(): Promise<string>;
  credentials(): Promise<AwsCredentials>;
  /** @returns the value, opened; `undefined` when there is no such parameter */
  read(name: string): Promise<string | undefined>;
}

export function openParameters(region: string | undefined): Parameters {
  const client = new SSMClient(region === undefined ? {} : { region });
  return {
    region: () => client.config.region(),
    credentials: () => client.config.credentials(),
    async read(name) {
      try {
        const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
        return Parameter?.Value;
      } catch (error) {
        if (error instanceof Error && error.name === "ParameterNotFound") return undefined;
        throw error;
      }
    },
  };
}
