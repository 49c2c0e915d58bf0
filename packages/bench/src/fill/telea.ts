import { createRequire } from "node:module";
import type * as OpenCv from "@techstark/opencv-js";
import type { Picture } from "../synthetic.ts";

/** Neighbourhood of a px that Telea's method looks at, px: OpenCV's own examples take 3. */
const RADIUS = 3;

type Cv = typeof OpenCv & { onRuntimeInitialized?: () => void };

/** Loads OpenCV: about 11 MB of JavaScript. @returns its `inpaint` with Telea's method, in this thread */
export async function loadTelea(): Promise<(picture: Picture, mask: Uint8Array) => Uint8Array> {
  // by `require`: looking for the names that so large a CommonJS file exports takes `import` minutes
  const cv = createRequire(import.meta.url)("@techstark/opencv-js") as Cv;
  if (cv.Mat === undefined) await new Promise<void>((ready) => Object.assign(cv, { onRuntimeInitialized: ready }));

  return ({ width, height, rgb }, mask) => {
    const source = new cv.Mat(height, width, cv.CV_8UC3);
    const hole = new cv.Mat(height, width, cv.CV_8UC1);
    const filled = new cv.Mat();
    try {
      source.data.set(rgb);
      hole.data.set(mask);
      cv.inpaint(source, hole, filled, RADIUS, cv.INPAINT_TELEA);
      return Uint8Array.from(filled.data);
    } finally {
      for (const mat of [source, hole, filled]) mat.delete();
    }
  };
}
