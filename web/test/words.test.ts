import { expect, test } from "vitest";
import { point, withMinus } from "../src/words";

test("a point is not broken over lines, and a single coordinate is a number", () => {
  expect(point([1, -2.5])).toBe("(1,\u00a0−2.5)");
  expect(point([-3])).toBe("−3");
});

test("Python's sentences get true minus signs, and words keep their hyphens", () => {
  expect(withMinus("values agree to 2.0e-29 at (-1, x - 2), first-order, 2^-1")).toBe(
    "values agree to 2.0e−29 at (−1, x − 2), first-order, 2^−1",
  );
});
