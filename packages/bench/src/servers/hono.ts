// Bundled by bundle.ts. Hono and nothing else behind node:http; argument: the JSON it answers. Says its port.
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { announce } from "./announce.ts";
import { bareHono } from "./bare-hono.ts";

announce(createServer(getRequestListener(bareHono(JSON.parse(process.argv[2] ?? "null")).fetch)));
