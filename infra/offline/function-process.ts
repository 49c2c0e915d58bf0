/** The inside of a function: loads the bundle it is given and answers events that come as messages. */
const { handler } = (await import(process.argv[2] ?? "")) as { handler: (event: object, context: object) => unknown };

process.on("message", async ({ id, event }: { id: number; event: object }) => {
  try {
    process.send?.({ id, answer: await handler(event, {}) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
process.send?.("ready");
