import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { vi } from "vitest";
import { isDocumentedEvent } from "./documented.ts";

export interface ReceivedWebhook {
  headers: IncomingHttpHeaders;
  body: string;
}

/** An app's own webhook endpoint. */
export interface Receiver extends AsyncDisposable {
  url: string;
  /** Since it was started or reset. */
  received: ReceivedWebhook[];
  /** Forgets what it received; from now on it answers with these statuses in turn, the last one for good. */
  reset(statuses: readonly number[]): void;
  /**
   * The payload, as the Standard Webhooks library verifies it.
   * @param now the sender's time, ms since the epoch, where it is not the machine's
   * @throws when the signature is wrong, or made at another time
   */
  verify(secret: string, webhook: ReceivedWebhook | undefined, now?: number): unknown;
}

/** @param statuses what it answers in turn; the last one from then on */
export async function startReceiver(statuses: readonly number[]): Promise<Receiver> {
  const received: ReceivedWebhook[] = [];
  let answers = statuses;
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    received.push({ headers: req.headers, body: Buffer.concat(chunks).toString() });
    res.writeHead(answers[Math.min(received.length, answers.length) - 1] ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    reset(next) {
      received.length = 0;
      answers = next;
    },
    verify(secret, webhook, now = Date.now()) {
      if (webhook === undefined) throw new Error("no webhook came");
      isDocumentedEvent(webhook.body);
      vi.setSystemTime(now); // the library asks for the time by itself
      try {
        return new Webhook(secret).verify(webhook.body, webhook.headers as Record<string, string>);
      } finally {
        vi.useRealTimers();
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
