import { createUploads, getUpload, renewUpload, toProblem, type Upload, type UploadState } from "@infill/core";
import { Hono } from "hono";
import type { ApiDeps, ApiEnv } from "../context.ts";
import { readJson } from "../json.ts";

const iso = (ms: number) => new Date(ms).toISOString();

const presentUpload = ({ asset, method, url, headers }: Upload) => ({
  id: asset.id,
  object: "upload" as const,
  purpose: asset.purpose,
  method,
  url,
  headers,
  expiresAt: iso(asset.uploadExpiresAt),
});

function presentState(state: UploadState) {
  const { asset, status } = state;
  const common = {
    id: asset.id,
    object: "upload" as const,
    purpose: asset.purpose,
    status,
    expiresAt: iso(asset.uploadExpiresAt),
  };
  if (!("header" in state)) return "problem" in state ? { ...common, problem: toProblem(state.problem) } : common;
  const { contentType, upright } = state.header;
  return { ...common, contentType, contentLength: asset.contentLength, ...upright };
}

/** `POST /v1/uploads`, `GET /v1/uploads/{id}`, `POST /v1/uploads/{id}/renew`. */
export const uploadRoutes = (deps: ApiDeps) =>
  new Hono<ApiEnv>()
    .post("/", async (c) => {
      const { uploads, single } = await createUploads(deps, c.get("caller"), await readJson(c));
      const [first] = uploads;
      return c.json(
        single && first ? presentUpload(first) : { object: "list", uploads: uploads.map(presentUpload) },
        201,
      );
    })
    .get("/:id", async (c) => c.json(presentState(await getUpload(deps, c.get("caller"), c.req.param("id")))))
    .post("/:id/renew", async (c) =>
      c.json(presentUpload(await renewUpload(deps, c.get("caller"), c.req.param("id")))),
    );
