// Bundled by bundle.ts. node:http and nothing else; argument: the JSON it answers. Says its port.
import { createServer } from "node:http";
import { announce } from "./announce.ts";

const answer: unknown = JSON.parse(process.argv[2] ?? "null");

announce(
  createServer(async (req, res) => {
    let text = "";
    for await (const chunk of req) text += chunk;
    if (req.method === "POST") JSON.parse(text);
    const body = JSON.stringify(req.method === "POST" ? answer : { ok: true });
    res.writeHead(req.method === "POST" ? 201 : 200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    });
    res.end(body);
  }),
);
