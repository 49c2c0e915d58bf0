/** What making, changing and removing each kind of resource takes, beside what SST itself needs. */
export const rightsFor: Readonly<Record<string, readonly string[]>> = {
  "aws:apigatewayv2/api:Api": ["apigateway:POST", "apigateway:GET", "apigateway:PATCH", "apigateway:DELETE"],
  "aws:apigatewayv2/integration:Integration": [],
  "aws:apigatewayv2/route:Route": [],
  "aws:apigatewayv2/stage:Stage": ["logs:CreateLogDelivery"],
  "aws:cloudwatch/dashboard:Dashboard": [
    ...["cloudwatch:PutDashboard", "cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards"],
  ],
  "aws:cloudwatch/eventRule:EventRule": ["events:PutRule", "events:DescribeRule", "events:DeleteRule"],
  "aws:cloudwatch/eventTarget:EventTarget": ["events:PutTargets", "events:RemoveTargets"],
  "aws:cloudwatch/logGroup:LogGroup": ["logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:DescribeLogGroups"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["cloudwatch:PutMetricAlarm", "cloudwatch:DescribeAlarms"],
  "aws:dynamodb/table:Table": [
    ...["dynamodb:CreateTable", "dynamodb:DescribeTable", "dynamodb:UpdateTable"],
    ...["dynamodb:UpdateTimeToLive", "dynamodb:UpdateContinuousBackups"],
  ],
  "aws:iam/role:Role": [
    ...["iam:CreateRole", "iam:GetRole", "iam:DeleteRole", "iam:PassRole", "iam:TagRole"],
    ...["iam:PutRolePolicy", "iam:AttachRolePolicy"],
  ],
  "aws:iam/rolePolicy:RolePolicy": ["iam:PutRolePolicy", "iam:GetRolePolicy", "iam:DeleteRolePolicy"],
  "aws:lambda/eventSourceMapping:EventSourceMapping": ["lambda:CreateEventSourceMapping"],
  "aws:lambda/function:Function": [
    ...["lambda:CreateFunction", "lambda:GetFunction", "lambda:DeleteFunction", "lambda:PublishVersion"],
    ...["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"],
  ],
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": ["lambda:PutFunctionEventInvokeConfig"],
  "aws:lambda/functionUrl:FunctionUrl": [
    ...["lambda:CreateFunctionUrlConfig", "lambda:GetFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"],
    "lambda:DeleteFunctionUrlConfig",
  ],
  "aws:lambda/permission:Permission": ["lambda:AddPermission", "lambda:GetPolicy"],
  "aws:s3/bucket:Bucket": ["s3:CreateBucket", "s3:ListBucket", "s3:DeleteBucket"],
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": ["s3:PutBucketCORS"],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["s3:PutObject", "s3:GetObject"],
  "aws:s3/bucketPolicy:BucketPolicy": ["s3:PutBucketPolicy"],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    "s3:PutEncryptionConfiguration",
  ],
  "aws:sns/topic:Topic": ["sns:CreateTopic", "sns:GetTopicAttributes"],
  "aws:sns/topicSubscription:TopicSubscription": ["sns:Subscribe"],
  "aws:sqs/queue:Queue": ["sqs:CreateQueue", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"],
  "aws:sqs/queuePolicy:QueuePolicy": [],
  "aws:ssm/parameter:Parameter": ["ssm:PutParameter", "ssm:GetParameter", "ssm:DeleteParameter"],
};

/**
 * What SST makes once in an account, and writes on every deploy: buckets for its state and the bundles, a
 * registry, parameters (https://sst.dev/docs/iam-credentials).
 */
const sstsOwn = ["s3:PutBucketVersioning", "s3:PutBucketNotification", "s3:DeleteObject", "ecr:CreateRepository"];

/** A domain of one's own has a certificate and names in a zone. */
const forDomain = ["acm:RequestCertificate", "acm:DescribeCertificate", "route53:ChangeResourceRecordSets"];

/** The Worker at the edge has a user, with a policy and a key. */
const forEdge = [
  ...["iam:CreateUser", "iam:GetUser", "iam:DeleteUser", "iam:TagUser", "iam:PutUserPolicy"],
  ...["iam:CreateAccessKey", "iam:ListAccessKeys", "iam:DeleteAccessKey"],
];

/** A limit of deliveries at once is a function's reserved concurrency. */
const forDeliveries = ["lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency"];

/** What an operator may turn on, and takes more rights. */
interface TurnedOn {
  domain: boolean;
  edge: boolean;
  deliveries: boolean;
}

/** Every right that a deployment takes, once. */
export const rightsNeeded = ({ domain, edge, deliveries }: TurnedOn): string[] => [
  ...new Set([
    ...[...Object.values(rightsFor).flat(), ...sstsOwn],
    ...[domain ? forDomain : [], edge ? forEdge : [], deliveries ? forDeliveries : []].flat(),
  ]),
];

/** What a deployment will be called. */
export interface Names {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  partition: string;
  region: string;
  account: string;
  stage: string;
}

/**
 * Resources of a service as they will be called, for policies that grant rights on such names only: SST
 * names them `{app}-{stage}-…`, and its own `sst-…`. None for a service whose resources have no such name.
 */
export function resourcesNamed(service: string, { partition, region, account, stage }: Names): string[] {
  const name = `infill-${stage}-any`;
  const here = (resource: string) => `arn:${partition}:${service}:${region}:${account}:${resource}`;
  const named: Record<string, string[]> = {
    dynamodb: [here(`table/${name}`)],
    ecr: [here("repository/sst-asset")],
    events: [here(`rule/${name}`)],
    iam: ["role", "user"].map((kind) => `arn:${partition}:iam::${account}:${kind}/${name}`),
    lambda: [here(`function:${name}`)],
    logs: [here(`log-group:/aws/lambda/${name}`)],
    s3: [name, "sst-state-any", "sst-asset-any"].flatMap((bucket) => [
      `arn:${partition}:s3:::${bucket}`,
      `arn:${partition}:s3:::${bucket}/any`,
    ]),
    sns: [here(name)],
    sqs: [here(name)],
    ssm: [here(`parameter/infill/${stage}/any`)],
  };
  return named[service] ?? [];
}
