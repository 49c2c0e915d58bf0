import { createHash, randomUUID } from "node:crypto";
import { json } from "node:stream/consumers";
import { ACCOUNT, REGION } from "../offline/aws-outputs.ts";
import { type Listening, listen, sendJson } from "./listen.ts";
import type { Rights } from "./rights.ts";
import { signerOf } from "./signer.ts";

interface Input {
  QueueUrl: string;
  MaxNumberOfMessages?: number;
  VisibilityTimeout?: number;
  ReceiptHandle?: string;
}

/** What SQS keeps of a message besides what is in it. */
interface Sent {
  id: string;
  /** The latest; those before it are void. */
  receipt?: string;
  /** ms since the epoch. */
  hiddenUntil: number;
}

/**
 * SQS for who reads a queue and clears it (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference):
 * what was received is hidden until it is deleted, given back, or its time is up. A long poll of an empty
 * queue is answered at once: nothing comes while it would wait.
 * @param bodies the queue, oldest first, as objects
 * @param now ms since the epoch
 */
export function startQueueDoor(bodies: unknown[], options: { rights: Rights; now: () => number }): Promise<Listening> {
  const { rights, now } = options;
  const sent = new Map<unknown, Sent>();
  const sentOf = (body: unknown): Sent => {
    const known = sent.get(body) ?? { id: randomUUID(), hiddenUntil: 0 };
    sent.set(body, known);
    return known;
  };
  const held = (receipt: string | undefined) =>
    bodies.find((body) => receipt !== undefined && sentOf(body).receipt === receipt);

  const receive = ({ MaxNumberOfMessages = 1, VisibilityTimeout = 30 }: Input) => {
    const visible = bodies.filter((body) => sentOf(body).hiddenUntil <= now()).slice(0, MaxNumberOfMessages);
    const Messages = visible.map((body) => {
      const message = sentOf(body);
      Object.assign(message, { receipt: randomUUID(), hiddenUntil: now() + VisibilityTimeout * 1000 });
      const Body = JSON.stringify(body);
      const MD5OfBody = createHash("md5").update(Body).digest("hex");
      return { MessageId: message.id, ReceiptHandle: message.receipt, Body, MD5OfBody };
    });
    return Messages.length === 0 ? {} : { Messages };
  };

  const calls: Record<string, (input: Input) => object> = {
    ReceiveMessage: receive,
    DeleteMessage({ ReceiptHandle }) {
      const body = held(ReceiptHandle);
      if (body !== undefined) bodies.splice(bodies.indexOf(body), 1);
      return {};
    },
    ChangeMessageVisibility({ ReceiptHandle, VisibilityTimeout = 0 }) {
      const body = held(ReceiptHandle);
      if (body !== undefined) sentOf(body).hiddenUntil = now() + VisibilityTimeout * 1000;
      return {};
    },
  };

  return listen(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).replace("AmazonSQS.", "");
    const input = (await json(request)) as Input;
    const resource = `arn:aws:sqs:${REGION}:${ACCOUNT}:${input.QueueUrl.split("/").at(-1)}`;
    const who = signerOf(request.headers);
    if (!rights.grants(who, { action: `sqs:${operation}`, resource }))
      return sendJson(response, 403, { __type: "com.amazonaws.sqs#AccessDeniedException" });
    const call = calls[operation];
    if (call === undefined) return sendJson(response, 400, { __type: "com.amazonaws.sqs#InvalidAction" });
    sendJson(response, 200, call(input), { "content-type": "application/x-amz-json-1.0" });
  });
}
