/** What AWS and Cloudflare would answer: the computed attributes and look-ups that the components read. */
export const REGION = "us-east-1";
export const ACCOUNT = "123456789012";
export const CLOUDFLARE_ACCOUNT = "0123456789abcdef0123456789abcdef";

/**
 * Of every role and every user: local storage checks signatures, and knows one pair. A role's session token
 * says whose it is; a user's has none.
 */
export const ACCESS_KEY = { accessKeyId: "AKIAOFFLINE", secretAccessKey: "offlineofflineoffline" };

export type Properties = Record<string, unknown>;

const arn = (service: string, resource: string, { region = REGION, account = ACCOUNT } = {}): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

/**
 * The state a resource would have after its creation.
 * @param type Pulumi's: `aws:s3/bucket:Bucket`
 * @param name the logical name
 */
export function created(type: string, name: string, inputs: Properties): { id: string; state: Properties } {
  const called = String(inputs["name"] ?? inputs["bucket"] ?? name);
  const lower = name.toLowerCase();
  const answer = (id: string, computed: Properties) => ({ id, state: { ...inputs, ...computed } });

  switch (type) {
    case "aws:s3/bucket:Bucket":
    case "aws:s3/bucketV2:BucketV2":
      return answer(called, {
        bucket: called,
        arn: `arn:aws:s3:::${called}`,
        region: REGION,
        bucketDomainName: `${called}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${called}.s3.${REGION}.amazonaws.com`,
      });
    case "aws:dynamodb/table:Table":
      return answer(called, {
        arn: arn("dynamodb", `table/${called}`),
        streamArn: inputs["streamEnabled"] ? arn("dynamodb", `table/${called}/stream/2026-01-01T00:00:00.000`) : "",
      });
    case "aws:sqs/queue:Queue": {
      const url = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${called}`;
      return answer(url, { arn: arn("sqs", called), url, name: called });
    }
    case "aws:lambda/function:Function": {
      const own = arn("lambda", `function:${called}`);
      return answer(called, {
        arn: own,
        qualifiedArn: `${own}:1`,
        version: "1",
        invokeArn: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${own}/invocations`,
      });
    }
    case "aws:lambda/functionUrl:FunctionUrl":
      return answer(lower, { functionUrl: `https://${lower}.lambda-url.${REGION}.on.aws/`, urlId: lower });
    case "aws:iam/role:Role":
    case "aws:iam/policy:Policy":
      return answer(called, { arn: `arn:aws:iam::${ACCOUNT}:${type.endsWith("Role") ? "role" : "policy"}/${called}` });
    case "aws:iam/accessKey:AccessKey":
      return answer(ACCESS_KEY.accessKeyId, { secret: ACCESS_KEY.secretAccessKey });
    case "aws:apigatewayv2/api:Api": {
      const id = `api${lower}`;
      return answer(id, {
        apiEndpoint: `https://${id}.execute-api.${REGION}.amazonaws.com`,
        executionArn: arn("execute-api", id),
        arn: `arn:aws:apigateway:${REGION}::/apis/${id}`,
      });
    }
    case "aws:acm/certificate:Certificate":
      return answer(called, {
        arn: arn("acm", `certificate/${called}`),
        domainValidationOptions: [
          {
            domainName: inputs["domainName"],
            resourceRecordName: `_validation.${inputs["domainName"]}.`,
            resourceRecordType: "CNAME",
            resourceRecordValue: "_validation.acm-validations.aws.",
          },
        ],
      });
    case "aws:apigatewayv2/domainName:DomainName": {
      const configuration = { targetDomainName: `d-offline.execute-api.${REGION}.amazonaws.com`, hostedZoneId: "ZAPI" };
      return answer(String(inputs["domainName"]), { domainNameConfiguration: { ...configuration } });
    }
    case "aws:cloudwatch/logGroup:LogGroup":
      return answer(called, { arn: arn("logs", `log-group:${called}`) });
    case "aws:cloudwatch/eventRule:EventRule":
      return answer(called, { name: called, arn: arn("events", `rule/${called}`) });
    case "aws:ssm/parameter:Parameter":
      return answer(called, { arn: arn("ssm", `parameter${called}`) });
    case "random:index/randomBytes:RandomBytes": {
      const bytes = Buffer.alloc(Number(inputs["length"]), 7);
      return answer(name, { base64: bytes.toString("base64"), hex: bytes.toString("hex") });
    }
    case "random:index/randomPassword:RandomPassword":
      return answer("none", { result: "x".repeat(Number(inputs["length"])) });
    case "random:index/randomId:RandomId":
      return answer(name, { hex: "deadbeef", dec: "1", b64Std: "3q2+7w==", b64Url: "3q2-7w" });
    case "pulumi-nodejs:dynamic:Resource":
      // of SST, which asks Cloudflare itself
      if (name.includes("HostedZoneLookup")) return answer(name, { zoneId: "ZONE" });
      return answer(name, name.endsWith(".WorkerUrl") ? { url: `${inputs["scriptName"]}.offline.workers.dev` } : {});
    default: {
      const [provider, module = ""] = type.split(/[:/]/);
      return answer(called, provider === "aws" ? { arn: arn(module, `${type.split(":").at(-1)}/${called}`) } : {});
    }
  }
}

/** @throws Error for a look-up that nothing here answers */
export function lookedUp(token: string, inputs: Properties): Properties {
  switch (token) {
    case "aws:index/getRegion:getRegion":
      return { id: REGION, name: REGION, region: REGION, description: "", endpoint: "" };
    case "aws:index/getPartition:getPartition":
      return { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { id: ACCOUNT, accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, userId: "offline" };
    case "aws:iam/getPolicyDocument:getPolicyDocument": {
      const json = policyDocument(inputs as unknown as PolicyInputs);
      return { ...inputs, id: "document", json, minifiedJson: json };
    }
    default:
      throw new Error(`The offline deploy has no answer to the look-up ${token} of ${JSON.stringify(inputs)}`);
  }
}

interface PolicyInputs {
  version?: string;
  statements?: {
    sid?: string;
    effect?: string;
    actions?: string[];
    resources?: string[];
    principals?: { type: string; identifiers: string[] }[];
    conditions?: { test: string; variable: string; values: string[] }[];
  }[];
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html; always lists, in the order given. */
function policyDocument({ version = "2012-10-17", statements = [] }: PolicyInputs): string {
  const Statement = statements.map(
    ({ sid, effect = "Allow", actions, resources, principals = [], conditions = [] }) => ({
      ...(sid === undefined ? {} : { Sid: sid }),
      Effect: effect,
      ...(actions === undefined ? {} : { Action: actions }),
      ...(resources === undefined ? {} : { Resource: resources }),
      ...(principals.length === 0
        ? {}
        : {
            Principal: principals.some(({ type }) => type === "*")
              ? "*"
              : Object.fromEntries(principals.map(({ type, identifiers }) => [type, identifiers])),
          }),
      ...(conditions.length === 0 ? {} : { Condition: grouped(conditions) }),
    }),
  );
  return JSON.stringify({ Version: version, Statement });
}

function grouped(conditions: { test: string; variable: string; values: string[] }[]) {
  const groups: Record<string, Record<string, string[]>> = {};
  for (const { test, variable, values } of conditions) groups[test] = { ...groups[test], [variable]: values };
  return groups;
}
