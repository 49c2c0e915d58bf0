import sharp from "sharp";
import { type Form, readForm } from "../forms.ts";
import { paint } from "../paint.ts";
import type { LoggedRequest } from "../request-log.ts";
import { type Exchange, json } from "../server.ts";
import { startVendor, type VendorCore, type VendorOptions, type VendorSimulator, type Work } from "../vendor.ts";
import { errorEvent, events, seedOf, wholeAnswer } from "./answers.ts";
import type { OpenAiBehaviour } from "./behaviour.ts";
import { type Edit, Refused, readEdit } from "./edit.ts";
import { modelList } from "./models.ts";
import { noSuchModel, type OpenAiRefusal, REFUSALS, refusalAnswer } from "./refusals.ts";

export type OpenAiOptions = VendorOptions<OpenAiBehaviour>;
export type OpenAiSimulator = VendorSimulator<OpenAiBehaviour, Work>;

const SSE = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };

/**
 * OpenAI's image edits on this machine, over real HTTP: `POST /v1/images/edits` – in one answer or as a stream –
 * and `GET /v1/models`. It checks forms as the vendor's reference says and paints where the mask is transparent,
 * all of a photo that has none.
 *
 * @example
 * await using openAi = await startOpenAi({ keys: ["test-key"] });
 * openAi.behave({ refuse: "moderation", when: "a dog" });
 */
export const startOpenAi = (options: OpenAiOptions): Promise<OpenAiSimulator> => startVendor(options, createRoutes);

function createRoutes(core: VendorCore<OpenAiBehaviour, Work>) {
  const { keys, time, log, rulebook, works, random, changes } = core;
  const seconds = () => Math.floor(time.now() / 1000);

  const headers = (): Record<string, string> => ({
    "x-request-id": `req_${random.uuid().replaceAll("-", "")}`,
    "openai-version": "2020-10-01",
    "x-ratelimit-limit-requests": "50",
    "x-ratelimit-remaining-requests": "49",
    "x-ratelimit-reset-requests": "1.2s",
  });

  return async (exchange: Exchange, entry: LoggedRequest): Promise<void> => {
    const { method, path } = exchange;
    const isEdit = method === "POST" && path === "/v1/images/edits";
    if (isEdit && rulebook.takeUnread()) return exchange.reset();
    const refuse = (refusal: OpenAiRefusal) => exchange.send(refusalAnswer(refusal, headers()));
    if (!isAuthorized(exchange)) return refuse(REFUSALS["invalid-key"]);
    if (method === "GET" && path === "/v1/models") return exchange.send(json(modelList(time.now()), 200, headers()));
    if (!isEdit) return refuse({ ...noSuchModel(""), code: null, message: `Invalid URL (${method} ${path})` });

    const form = await readForm(exchange);
    if (form === undefined) return refuse({ ...REFUSALS["bad-request"], message: "Expected multipart/form-data." });
    log.read(entry, form.shown);
    try {
      await answer(exchange, form, refuse);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refuse(error.refusal);
    }
  };

  function isAuthorized({ headers: { authorization = "" } }: Exchange): boolean {
    return authorization.startsWith("Bearer ") && keys.includes(authorization.slice("Bearer ".length));
  }

  async function answer(exchange: Exchange, form: Form, refuse: (refusal: OpenAiRefusal) => void): Promise<void> {
    const behaviour = rulebook.take({ ...form.shown });
    const refusal = typeof behaviour.refuse === "string" ? REFUSALS[behaviour.refuse] : behaviour.refuse;
    const inStream = behaviour.refuseInStream === true && form.text("stream") === "true";
    if (refusal !== undefined && !inStream) return refuse(refusal);
    const edit = await readEdit(form, time.now());
    if (refusal !== undefined) return streamOut(exchange, [errorEvent(refusal)]);

    works.push(workOf(edit, form));
    changes.changed();
    const pictures = await Promise.all(Array.from({ length: edit.n }, (_, index) => painted(edit, index)));
    if (edit.stream) streamOut(exchange, await events(edit, pictures, seconds(), behaviour), behaviour.secondsBetween);
    else exchange.send(json(wholeAnswer(edit, pictures, seconds(), behaviour.usage), 200, headers()));
  }

  function streamOut({ response }: Exchange, lines: readonly string[], secondsBetween = 0): void {
    response.writeHead(200, { ...headers(), ...SSE });
    const send = ([line, ...rest]: readonly string[]): void => {
      if (line === undefined) return void response.end();
      response.write(line);
      if (secondsBetween === 0) send(rest);
      else time.schedule(secondsBetween * 1000, () => send(rest));
    };
    send(lines);
  }
}

const workOf = ({ prompt, photo, mask }: Edit, { shown }: Form): Work => {
  const { prompt: _, image: __, mask: ___, ...fields } = shown;
  return { prompt, photo: photo.bytes, mask: mask?.bytes ?? new Uint8Array(), paints: "transparent", fields };
};

/** One result, in the format that was asked for. */
async function painted(edit: Edit, index: number): Promise<Uint8Array> {
  const { photo, width, height, prompt, format } = edit;
  const mask = edit.mask?.bytes ?? (await transparent(photo.width, photo.height));
  const seed = seedOf(edit, index);
  const png = await paint({ photo: photo.bytes, mask, where: "transparent", width, height, prompt, seed });
  return format === "png" ? png : await sharp(png).toFormat(format).toBuffer();
}

const transparent = (width: number, height: number): Promise<Uint8Array> =>
  sharp({ create: { width, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .png()
    .toBuffer();
