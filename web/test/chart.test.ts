import { expect, test } from "vitest";
import { linePath } from "../src/plot/chart";
import type { Frame } from "../src/plot/chart";

const frame = (width: number): Frame => ({ width, height: 100, x: (v) => v * width, y: (v) => 100 - v });

test("points that share a pixel are drawn by their first, lowest, highest and last", () => {
  const xs = [0, 0.01, 0.02, 0.03, 0.9];
  // All but the last lie in the first pixel of ten.
  expect(linePath(frame(10), xs, [50, 80, 20, 60, 70])).toBe("M0 50V20V80V40L9 30");
  expect(linePath(frame(10), xs, [50, 50.1, 50, 50.2, 50])).toBe("M0 50L9 50");
});

test("a line breaks where a value is not finite", () => {
  expect(linePath(frame(100), [0, 0.1, 0.2, 0.3], [1, NaN, 3, 4])).toBe("M0 99M20 97L30 96");
  expect(linePath(frame(100), [0, 0.5], [Infinity, NaN])).toBe("");
});
