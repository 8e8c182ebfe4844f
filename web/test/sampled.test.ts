import { expect, test } from "vitest";
import { levelOnGrid } from "../src/local/levels";
import { bands } from "../src/plot/bands";
import { gaps, sampled } from "../src/sampled/sampled";
import type { SurfaceData } from "../src/sampled/sampled";

const surface = (some: Partial<SurfaceData>): SurfaceData => ({
  title: "a loss: a plane", names: ["u", "v"], grid: [[0, 1, 2], [0, 2]], values: [[1, 2, 4], [3, 6, null]],
  unit: 1, points: [], trajectory: null, lowest: { value: 1, at: [0, 0] }, missing: 0, ...some,
});

test("a plane is interpolated bilinearly between its samples", () => {
  const f = sampled(surface({}));
  expect(f.value([0, 0])).toBe(1);
  expect(f.value([1, 2])).toBe(6);
  expect(f.value([0.5, 0.5])).toBeCloseTo(0.75 * 1.5 + 0.25 * 4.5, 15);
  expect([...f.values([Float64Array.of(0, 1), Float64Array.of(1, 1)])]).toEqual([2, 4]);
  expect(f.around([0.5, 0.5])).toEqual([1, 2, 3, 6]);
  expect(f.around([1, 2])).toEqual([6]);
  expect(f.around([0.5, 0])).toEqual([1, 2]);
});

test("beside a hole and outside the window nothing is known, at a sample next to it all is", () => {
  const f = sampled(surface({}));
  expect(f.value([1.5, 1])).toBeNaN();
  expect(f.value([1, 1])).toBe(4);
  expect(f.value([2, 0])).toBe(4);
  expect(f.value([2.0001, 0])).toBeNaN();
  expect(f.value([0, -0.1])).toBeNaN();
  expect(f.around([3, 0])).toEqual([]);
});

test("no gradient is made up", () => {
  const f = sampled(surface({}));
  const into = new Float64Array(3);
  f.slope([0.5, 0.5], into);
  expect([...into]).toEqual([2.25, NaN, NaN]);
  expect(f.at([0.5, 0.5])).toMatchObject({ value: 2.25, gradient: [NaN, NaN] });
});

test("a line, its gaps, and the run on it", () => {
  const grid = [[0, 1, 2, 3, 4]];
  const trajectory = { points: [[0.5], [null], [1]], distances: [2, 1, 0], share: 0.9 };
  const f = sampled(surface({ grid, values: [1, 3, null, null, 0], trajectory }));
  expect(f.value([0.25])).toBe(1.5);
  expect(gaps(f)).toEqual([[1, 4]]);
  expect(f.run.values).toEqual([2, NaN, 3]);
});

test("samples are met exactly, also where rounding puts them a little beside their place", () => {
  const grid = Array.from({ length: 51 }, (_, k) => -0.7 + (1.9 * k) / 50);
  const values = grid.map((_, k) => (k % 2 ? null : k));
  const f = sampled(surface({ grid: [grid], values }));
  grid.forEach((x, k) => expect(f.value([x])).toBe(values[k] ?? NaN));
});

test("a level is followed between the samples themselves", () => {
  const f = sampled(surface({ values: [[0, 1, 2], [0, 1, 2]] }));
  const plane = { f, axes: [0, 1] as const, through: [0, 0] };
  expect(levelOnGrid(plane, f.samples, 1.5)).toEqual([[1.5, 0, 1.5, 2]]);
});

test("bands over holes are those of the values that are known", () => {
  const known = Float64Array.from({ length: 100 }, (_, k) => k);
  expect(bands(Float64Array.of(NaN, ...known, NaN))).toEqual(bands(known));
});
