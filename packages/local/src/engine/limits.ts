import type { OperationUpdate } from "@aws/durable-execution-sdk-js";
import { InvalidParameterValueException } from "./refusal.ts";

/** Bytes of one checkpointed payload, and of what an execution is started with. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;
/** Bytes of one update that carries an error. */
const MAX_ERROR_BYTES = 32 * 1024;
/** A leap year: the longest wait, callback and execution. */
export const MAX_SECONDS = 31_622_400;

const EXECUTION_NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const OPERATION_NAME = /^[\x20-\x7e]{1,256}$/;

/** @throws InvalidParameterValueException when Lambda would not take it as an execution's name */
export function checkExecutionName(name: string): void {
  if (EXECUTION_NAME.test(name)) return;
  throw new InvalidParameterValueException(
    `An execution's name is 1–64 letters, digits, "-" and "_": ${JSON.stringify(name)}`,
  );
}

/** @throws InvalidParameterValueException with the bytes there are and the bytes there may be */
export function checkPayload(what: string, payload: string | undefined): void {
  const bytes = Buffer.byteLength(payload ?? "");
  if (bytes <= MAX_PAYLOAD_BYTES) return;
  throw new InvalidParameterValueException(`${what} is ${bytes} bytes; at most ${MAX_PAYLOAD_BYTES} are allowed`);
}

/** @throws InvalidParameterValueException when an update is larger or longer than Lambda takes (API reference, `OperationUpdate`) */
export function checkUpdate(update: OperationUpdate): void {
  const where = `The ${update.Type} ${JSON.stringify(update.Name ?? update.Id)}`;
  if (update.Name !== undefined && !OPERATION_NAME.test(update.Name))
    throw new InvalidParameterValueException(`${where} must be named with 1–256 printable ASCII characters`);
  checkPayload(`${where}'s payload`, update.Payload);
  const errorBytes = update.Error === undefined ? 0 : Buffer.byteLength(JSON.stringify(update));
  if (errorBytes > MAX_ERROR_BYTES)
    throw new InvalidParameterValueException(
      `${where}'s error is ${errorBytes} bytes; at most ${MAX_ERROR_BYTES} are allowed`,
    );
  checkSeconds(`${where}'s wait`, update.WaitOptions?.WaitSeconds);
  checkSeconds(`${where}'s time-out`, update.CallbackOptions?.TimeoutSeconds);
  checkSeconds(`${where}'s next attempt`, update.StepOptions?.NextAttemptDelaySeconds);
}

function checkSeconds(what: string, seconds: number | undefined): void {
  if (seconds === undefined || (Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_SECONDS)) return;
  throw new InvalidParameterValueException(
    `${what} is ${seconds} s; whole seconds from 1 to ${MAX_SECONDS} are allowed`,
  );
}
