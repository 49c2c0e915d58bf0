import {
  endpointInput,
  estimateRequest,
  inpaintRequest,
  reportInput,
  rotationInput,
  uploadInput,
  uploadsInput,
} from "@infill/core/schemas";
import * as z from "zod";
import { tokenInput } from "../api/token-input.ts";
import * as access from "./access.ts";
import * as answers from "./answers.ts";

/** What callers send: the very schemas that their requests are parsed by. */
const requests = {
  UploadRequest: uploadInput,
  UploadsRequest: z.union([uploadInput, uploadsInput]),
  EditRequest: inpaintRequest,
  EstimateRequest: estimateRequest,
  ReportRequest: reportInput,
  TokenRequest: tokenInput,
  WebhookRequest: endpointInput,
  RotationRequest: rotationInput,
};

const responses = {
  Upload: answers.upload,
  SignedUploads: z.union([answers.upload, answers.uploads]),
  UploadState: answers.uploadState,
  Job: answers.job,
  JobList: answers.jobs,
  Report: answers.report,
  DeletedJob: answers.deletedJob,
  DeletedUser: answers.deletedUser,
  UserBlock: answers.userBlock,
  Event: answers.event,
  EventList: answers.events,
  Webhook: answers.endpoint,
  WebhookWithSecret: answers.endpointWithSecret,
  WebhookList: answers.endpoints,
  DeletedWebhook: answers.deletedEndpoint,
  WebhookSecret: answers.webhookSecret,
  Estimate: answers.estimate,
  Model: answers.model,
  ModelList: answers.models,
  Token: access.token,
  Caller: access.caller,
  Usage: access.usage,
  UnreconciledList: access.unreconciled,
  Health: answers.health,
  Problem: answers.problem,
  JobEvent: answers.webhook,
};

/** A schema that the document names. */
export type Named = keyof typeof requests | keyof typeof responses;

/** JSON Schema, as far as it is read here. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

export const refTo = (name: Named): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

/** Every named schema as JSON Schema 2020-12: what is sent as it may be sent, what is answered as it is. */
export function componentSchemas(): Record<string, JsonSchema> {
  return { ...convert(requests, "input"), ...convert(responses, "output") };
}

function convert(schemas: Record<string, z.ZodType>, io: "input" | "output"): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const converted = z.toJSONSchema(registry, { io, uri: (id) => `#/components/schemas/${id}` }).schemas;
  return Object.fromEntries(
    Object.entries(converted).map(([name, { $schema: _, $id, ...schema }]) => [name, schema as JsonSchema]),
  );
}
