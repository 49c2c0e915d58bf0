import { expect, test } from "vitest";
import { problem, type Rule, startFakeApi } from "../testing/fake-api.ts";
import { run, workFolder } from "../testing/run.ts";

const ERASE = ["edit", "photo.png", "--mask", "mask.png", "--erase", "--model", "m/x"];
const PHOTO = "/storage/ast_image";

/** Treats the first uploads of the photo as `rules` say, one each. */
function photoUploads(...rules: Rule[]): Rule {
  return (seen, res) => (seen.method === "PUT" && seen.path === PHOTO ? rules.shift()?.(seen, res) : undefined);
}

const storageSays =
  (status: number, code: string): Rule =>
  (_, res) => {
    res.writeHead(status, { "content-type": "application/xml" }).end(`<Error><Code>${code}</Code></Error>`);
    return true;
  };
const loseTheAnswer: Rule = (_, res) => {
  res.destroy();
  return true;
};
const ofPhoto = (calls: string[]): string[] => calls.filter((call) => call.includes("ast_image"));

test("an upload whose answer was lost is sent again, and 412 then means that it is there", async () => {
  using folder = workFolder();
  await using api = await startFakeApi(photoUploads(loseTheAnswer, storageSays(412, "PreconditionFailed")));
  const { exitCode } = await run(ERASE, { cwd: folder.path, url: api.url });
  expect(exitCode).toBe(0);
  expect(ofPhoto(api.calls())).toEqual([`PUT ${PHOTO}`, `PUT ${PHOTO}`, "GET /v1/uploads/ast_image"]);
});

test("an expired address is renewed, once", async () => {
  using folder = workFolder();
  await using api = await startFakeApi(photoUploads(storageSays(403, "AccessDenied")));
  expect(await run(ERASE, { cwd: folder.path, url: api.url })).toMatchObject({ exitCode: 0 });
  expect(ofPhoto(api.calls())).toEqual([`PUT ${PHOTO}`, "POST /v1/uploads/ast_image/renew", `PUT ${PHOTO}`]);
});

test("an address that is refused after it was renewed ends the edit before anything is asked for", async () => {
  using folder = workFolder();
  const denied = storageSays(403, "SignatureDoesNotMatch");
  await using api = await startFakeApi(photoUploads(denied, denied));
  const { exitCode, stderr } = await run(ERASE, { cwd: folder.path, url: api.url });
  expect({ exitCode, asked: api.bodyOf("POST", "/v1/inpaint") }).toEqual({ exitCode: 1, asked: undefined });
  expect(stderr).toContain("403 SignatureDoesNotMatch");
});

test("a body that arrived garbled is sent again", async () => {
  using folder = workFolder();
  await using api = await startFakeApi(photoUploads(storageSays(400, "BadDigest")));
  expect(await run(ERASE, { cwd: folder.path, url: api.url })).toMatchObject({ exitCode: 0, pauses: [500] });
});

test("a busy API is asked again after its own Retry-After, with the same idempotency key", async () => {
  using folder = workFolder();
  const busy = { code: "rate_limited", detail: "Too many requests", retryable: true };
  let left = 2;
  await using api = await startFakeApi(({ path }, res) =>
    path === "/v1/inpaint" && left-- > 0 ? problem(res, 503, busy, { "retry-after": "7" }) : undefined,
  );
  const { exitCode, pauses, stderr } = await run(ERASE, { cwd: folder.path, url: api.url });
  expect({ exitCode, pauses }).toEqual({ exitCode: 0, pauses: [7000, 7000] });
  expect(stderr).toContain("Too many requests; trying again in 7.0 s");
  const keys = api.seen.filter(({ path }) => path === "/v1/inpaint").map(({ headers }) => headers["idempotency-key"]);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
});

test("what says that it is not retryable is not retried, whatever its status", async () => {
  using folder = workFolder();
  const off = { code: "provider_unavailable", detail: "m/x cannot be used: there is no key for m", retryable: false };
  await using api = await startFakeApi(({ path }, res) =>
    path === "/v1/inpaint" ? problem(res, 503, off) : undefined,
  );
  expect(await run(ERASE, { cwd: folder.path, url: api.url })).toMatchObject({ exitCode: 1, pauses: [] });
});
