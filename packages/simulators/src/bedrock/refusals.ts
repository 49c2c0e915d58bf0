import { type Answer, json } from "../server.ts";

/** Documented errors: status, name and words. */
const REFUSALS = {
  "no-signature": { status: 403, type: "MissingAuthenticationTokenException", text: "Missing Authentication Token" },
  "unknown-key": {
    status: 403,
    type: "UnrecognizedClientException",
    text: "The security token included in the request is invalid.",
  },
  "bad-signature": {
    status: 403,
    type: "InvalidSignatureException",
    text: "The request signature we calculated does not match the signature you provided.",
  },
  "wrong-scope": {
    status: 403,
    type: "InvalidSignatureException",
    text: "Credential should be scoped to correct service: 'bedrock'.",
  },
  "stale-signature": { status: 403, type: "InvalidSignatureException", text: "Signature expired." },
  "access-denied": {
    status: 403,
    type: "AccessDeniedException",
    text: "User: arn:aws:sts::123456789012:assumed-role/infill/me is not authorized to perform: bedrock:InvokeModel",
  },
  validation: {
    status: 400,
    type: "ValidationException",
    text: "Malformed input request, please reformat your input.",
  },
  quota: {
    status: 400,
    type: "ServiceQuotaExceededException",
    text: "Your request exceeds the service quota for your account.",
  },
  "no-model": { status: 404, type: "ResourceNotFoundException", text: "Could not resolve the foundation model." },
  "no-operation": { status: 404, type: "UnknownOperationException", text: "There is no such operation." },
  "model-timeout": { status: 408, type: "ModelTimeoutException", text: "The request took too long to process." },
  "model-error": {
    status: 424,
    type: "ModelErrorException",
    text: "The request failed due to an error while processing the model.",
  },
  throttled: { status: 429, type: "ThrottlingException", text: "Too many requests, please wait before trying again." },
  "not-ready": { status: 429, type: "ModelNotReadyException", text: "The model is not ready to serve requests." },
  "server-error": { status: 500, type: "InternalServerException", text: "The service has encountered an error." },
  unavailable: { status: 503, type: "ServiceUnavailableException", text: "The service isn't currently available." },
} as const;

export type BedrockRefusal = keyof typeof REFUSALS;

/** @param text instead of the error's usual words */
export function refusalAnswer(refusal: BedrockRefusal, text?: string): Answer {
  const { status, type, text: usual } = REFUSALS[refusal];
  const errorType = `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/`;
  return json({ message: text ?? usual }, status, { "x-amzn-errortype": errorType });
}
