import { describe, expect, test } from "vitest";
import { InfillError } from "./errors.ts";
import { fitMask } from "./mask-fit.ts";

const photo = { width: 4032, height: 3024 };

describe("a mask fits its photo", () => {
  test("when the sizes are equal", () => {
    expect(fitMask(photo, { width: 4032, height: 3024 })).toBe("equal");
  });

  test.each([
    [1024, 768],
    [1000, 750],
    [333, 250],
    [333, 249],
    [8064, 6048],
  ])("when it was painted on a %i×%i view", (width, height) => {
    expect(fitMask(photo, { width, height })).toBe("scaled");
  });

  test("when rounding a portrait's view to whole pixels moved its long side by more than one", () => {
    expect(fitMask({ width: 1000, height: 3500 }, { width: 101, height: 352 })).toBe("scaled");
  });
});

describe("a mask of another aspect is refused", () => {
  const refusal = (mask: { width: number; height: number }) => {
    try {
      fitMask(photo, mask);
    } catch (error) {
      if (error instanceof InfillError) return error;
    }
    throw new Error("was not refused");
  };

  test("with both sizes in the message", () => {
    const error = refusal({ width: 1024, height: 1024 });
    expect(error.code).toBe("mask_mismatch");
    expect(error.message).toContain("1024×1024");
    expect(error.message).toContain("4032×3024");
    expect(error.options).toMatchObject({ pointer: "/mask", details: { photo, fitsWhenTurned: false } });
  });

  test("and told that it would fit when turned", () => {
    const error = refusal({ width: 768, height: 1024 });
    expect(error.message).toContain("90°");
    expect(error.options.details).toMatchObject({ fitsWhenTurned: true });
  });

  test("when it is off by two pixels", () => {
    expect(refusal({ width: 1024, height: 771 }).code).toBe("mask_mismatch");
  });
});
