// Bundled by bundle.ts. The API behind node:http; argument: the database file. Says its port.
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { announce } from "./announce.ts";
import { composeApi } from "./compose.ts";

const { app } = composeApi(process.argv[2] ?? "");
announce(createServer(getRequestListener(app.fetch)));
