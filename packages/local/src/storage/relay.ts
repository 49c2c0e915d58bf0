import type { ClientRequest, IncomingMessage } from "node:http";
import type { Transform } from "node:stream";

/** How a relayed request ends; one of the three is called, once, and none when the client left. */
export interface RelayEnd {
  answered(answer: IncomingMessage): void;
  /** `through` ended in an error; storage never got the whole body. */
  spoiled(error: Error): void;
  /** Storage cannot be reached. */
  failed(): void;
}

/** Far above what storage takes to refuse a request by its headers. */
const REFUSAL_MS = 2_000;

/**
 * Streams a request to storage, its body through a transform, and reports the answer.
 *
 * Storage refuses a bad signature before it reads the body, and closes the connection while we write:
 * the answer is then often lost. So the body is thrown away, and storage asked again with the headers
 * alone, which it answers in full.
 *
 * @param send opens a request to storage with the client's headers
 * @returns ends it early: a body that is cut short is not stored
 */
export function relay(req: IncomingMessage, through: Transform, send: () => ClientRequest, end: RelayEnd): () => void {
  const upstream = send();
  let over = false;
  const once = (finish: () => void): void => {
    if (over) return;
    over = true;
    finish();
  };
  const refused = (): void =>
    once(() => {
      req.unpipe(through);
      upstream.destroy();
      afterBody(req, () => askAgain(send(), end));
    });

  upstream.on("response", (answer) => (req.readableEnded ? once(() => end.answered(answer)) : refused()));
  upstream.on("error", refused);
  through.on("error", (error) =>
    once(() => {
      upstream.destroy();
      end.spoiled(error);
    }),
  );
  req.pipe(through).pipe(upstream);

  return () => {
    over = true;
    req.unpipe(through);
    upstream.destroy();
  };
}

function askAgain(upstream: ClientRequest, end: RelayEnd): void {
  let answered = false;
  upstream.setTimeout(REFUSAL_MS, () => upstream.destroy());
  upstream.on("response", (answer) => {
    answered = true;
    answer.once("end", () => upstream.destroy());
    end.answered(answer);
  });
  upstream.on("error", () => {});
  upstream.on("close", () => {
    if (!answered) end.failed();
  });
  upstream.flushHeaders();
}

/** Runs when a client has sent all it has to send: many read an answer only then. */
export function afterBody(req: IncomingMessage, run: () => void): void {
  if (req.readableEnded) run();
  else req.once("end", run).resume();
}
