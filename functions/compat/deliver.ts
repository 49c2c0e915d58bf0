const encoder = new TextEncoder();

/**
 * A body that is made as it is sent, piece by piece, and whose end is noted when whoever sends it has
 * taken the last piece and wants more. A caller who hung up never had it. A function behind a URL does
 * not hear of that: there the answer counts as delivered once Lambda has all of it.
 *
 * @param letGo called at once when nobody wants the body any more. Pieces of which none was asked for do not hear of
 *   it otherwise, and one that is being made only when it is made
 */
export function deliveredBody(
  pieces: AsyncIterable<string> | Iterable<string>,
  delivered: () => Promise<void>,
  hungUp: AbortSignal,
  letGo: () => Promise<void> = async () => {},
): ReadableStream<Uint8Array> {
  const sent = (async function* () {
    for await (const piece of pieces) yield encoder.encode(piece);
    if (!hungUp.aborted) await delivered();
  })();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await sent.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await letGo();
        await sent.return();
      },
    },
    { highWaterMark: 0 }, // nothing is made before it is asked for
  );
}
