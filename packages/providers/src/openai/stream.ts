import type { ProviderCall } from "@infill/core";
import { createParser } from "eventsource-parser";
import { readEvent, type Usage, type VendorError } from "./answer.ts";

/** What a stream has told when it ended, or broke. */
export interface Streamed {
  /** Base64 of each that was completed. */
  pictures: string[];
  usages: (Usage | undefined)[];
  error?: VendorError;
  /** A picture was being painted: the work had been taken. */
  begun: boolean;
}

export interface EditStream {
  /** Takes the stream in pieces that may be cut anywhere. */
  read(piece: Uint8Array): void;
  end(): Streamed;
}

/** Reads the server-sent events of an edit as they come. @param n results @param partials pictures before each */
export function createEditStream(
  { n, partials }: { n: number; partials: number },
  onProgress: ProviderCall["onProgress"],
): EditStream {
  const streamed: Streamed = { pictures: [], usages: [], begun: false };
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ event: name, data }) {
      const event = readEvent(name, data);
      switch (event?.type) {
        case "partial": {
          streamed.begun = true;
          const share = Math.min(1, (event.index + 1) / (partials + 1));
          onProgress?.(Math.min(1, (streamed.pictures.length + share) / n), Buffer.from(event.picture, "base64"));
          break;
        }
        case "completed":
          streamed.pictures.push(event.picture);
          streamed.usages.push(event.usage);
          break;
        case "error":
          streamed.error = event.error;
          break;
      }
    },
  });
  return {
    read: (piece) => parser.feed(decoder.decode(piece, { stream: true })),
    end() {
      // the last event may lack its blank line; one that was cut off is no JSON
      parser.feed(`${decoder.decode()}\n\n`);
      return streamed;
    },
  };
}
