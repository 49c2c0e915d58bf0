import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { FoundStage } from "./deployed-stage.ts";

export interface LostMessage {
  id: string;
  body: string;
  /** By which it is deleted or given back. */
  receipt: string;
}

/** The queue of what could not be started or ended. */
export interface LostQueue {
  /** Every message there is, hidden from anyone else who asks until it is given back, or fifteen minutes have passed. */
  receive(): AsyncGenerator<LostMessage>;
  delete(message: LostMessage): Promise<void>;
  /** Visible again at once. */
  giveBack(message: LostMessage): Promise<void>;
  close(): void;
}

const HIDDEN_SECONDS = 900;
/** An empty answer to a long poll has asked all of SQS's servers: the queue is empty. */
const POLL_SECONDS = 3;
const MOST_AT_ONCE = 10;

export function openLostQueue({ region, parameters, lostQueue: QueueUrl }: FoundStage): LostQueue {
  // the queue's address is its name; where SQS is, is the client's affair
  const client = new SQSClient({ region, credentials: parameters.credentials, useQueueUrlAsEndpoint: false });
  return {
    async *receive() {
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: MOST_AT_ONCE,
            WaitTimeSeconds: POLL_SECONDS,
            VisibilityTimeout: HIDDEN_SECONDS,
          }),
        );
        if (Messages.length === 0) return;
        for (const { MessageId = "", Body = "", ReceiptHandle = "" } of Messages)
          yield { id: MessageId, body: Body, receipt: ReceiptHandle };
      }
    },
    async delete({ receipt }) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receipt }));
    },
    async giveBack({ receipt }) {
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: receipt, VisibilityTimeout: 0 }));
    },
    close: () => client.destroy(),
  };
}
