import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../src/language/parse";
import { decide } from "../src/practice/normal";
import { bounded } from "../src/practice/rounding";
import { candidates } from "../src/practice/sampling";

/** Pairs of formulas, the ones on which Python's normal form is tested. */
const file = new URL("../../tests/vectors/equalities.json", import.meta.url);
const pairs: Record<"same" | "different", [string, string][]> = JSON.parse(readFileSync(file, "utf8"));

describe("the normal form", () => {
  test.each(pairs.same)("%s is %s", (left, right) => {
    expect(decide(parse(left), parse(right))).toBe(true);
    expect(decide(parse(right), parse(left))).toBe(true);
  });

  test.each(pairs.different)("%s is not %s", (left, right) => {
    expect(decide(parse(left), parse(right))).not.toBe(true);
  });

  test.each([
    ["2.00000000001x", "2x", false], ["exp(x) + 1e-12", "exp(x)", false], ["x y", "y x", true],
    ["(x + y + 1)^64*(x - y)^64", "1", null], ["((10^1000)^1000)^1000", "1", null],
  ])("%s and %s: %s", (left, right, known) => {
    expect(decide(parse(left), parse(right))).toBe(known);
  });
});

/** Formulas whose terms cancel, and what they are without rounding. */
const EXACT: Record<string, () => number> = {
  "(x + 30)^2 - x^2 - 60x": () => 900,
  "exp(x)/(1 + exp(x)) - sigmoid(x)": () => 0,
  "sin(x)^2 + cos(x)^2": () => 1,
  "tan(x/3) - sin(x/3)/cos(x/3)": () => 0,
  "sqrt(x^2 + y^2) - hypot(x, y)": () => 0,
  "asin(x/900) + acos(x/900)": () => Math.PI / 2,
  "cosh(x/9)^2 - sinh(x/9)^2": () => 1,
  "1/3*x - x/3": () => 0,
  "(|x| + 1e4) - |x| - 1e4": () => 0,
  "(x + 1)^5 - x^5 - 5x^4 - 10x^3 - 10x^2 - 5x": () => 1,
  "cbrt(x)^3/x - sqrt(x^2)/|x|": () => 0,
  "exp(log(x^2)) - (x^2)^1.0": () => 0,
};

test.each(Object.entries(EXACT))("%s is within the bounds of its rounding", (text, exact) => {
  const points = candidates(2, 120);
  const [own] = bounded([parse(text)], ["x", "y"], points);
  const known = points.map((_, k) => k).filter((k) => Number.isFinite(own!.value[k]!));
  expect(known.length).toBeGreaterThan(50);
  const beyond = known.filter((k) => Math.abs(own!.value[k]! - exact()) > own!.error[k]!);
  expect(beyond).toEqual([]);
  // A bound that holds for everything would say nothing.
  expect(own!.error.filter((e) => e < 1e-9).length).toBeGreaterThan(20);
});
