import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { workFolder } from "../testing/run.ts";
import { spawnCli } from "../testing/spawn.ts";

test("the demo edits the sample photo, proves that nothing else changed, and leaves two pictures", async () => {
  using folder = workFolder();
  const { exitCode, stdout, stderr } = await spawnCli(["demo"], { cwd: folder.path }).ended;
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(stdout).toMatch(/^stack started in .*\n✓ job_/);
  expect(stdout).toMatch(
    /pixels outside the mask and its edge \((\d+) px\): 0 of [\d,]+ pixels changed\n[\s\S]*compared here: [\d,]+ of [\d,]+ pixels changed in all, and 0 of them outside the mask and its edge \(\1 px\)\n/,
  );

  const pictures = join(folder.path, ".infill", "demo");
  const result = await sharp(join(pictures, "result.png")).metadata();
  const both = await sharp(join(pictures, "before-after.png")).metadata();
  expect(both.width).toBeGreaterThan(2 * result.width);
});
