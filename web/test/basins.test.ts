import { expect, test } from "vitest";
import { BasinWork, UNREACHED } from "../src/local/basins";
import { L2 } from "../src/local/norms";
import { ruleByName } from "../src/local/rules";
import { study } from "../src/local/study";

function mapped(text: string, half: number, rule = "fixed", stepSize = 0.1, cells = 40) {
  const bounds = { x0: -half, x1: half, y0: -half, y1: half };
  const work = new BasinWork({
    f: study(text), bounds, columns: cells, rows: cells, rule: ruleByName(rule), stepSize, norm: L2,
  });
  return work;
}

function finished(...asked: Parameters<typeof mapped>) {
  const work = mapped(...asked);
  work.go(() => false);
  return work.map();
}

test("every start of a bowl reaches its minimum", () => {
  const { minima, labels, done, total, unreached } = finished("x^2 + 3y^2", 3);
  expect(done).toBe(total);
  expect(minima.length).toBe(1);
  expect(minima[0]!.count).toBe(1600);
  expect(unreached.size).toBe(0);
  expect(labels.every((l) => l === 0)).toBe(true);
});

test("Himmelblau's four minima, the one nearby from near it", () => {
  const { minima, labels } = finished("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", 5, "fixed", 0.01);
  expect(minima.length).toBe(4);
  const own = minima.findIndex(({ at }) => Math.hypot(at[0]! - 3, at[1]! - 2) < 1e-6);
  // The cell of (3.1, 1.9): the first row is the top one.
  expect(labels[12 * 40 + 32]).toBe(own);
  expect(minima.reduce((sum, m) => sum + m.count, 0)).toBe(1600);
  // What a descent leaves is polished away, and minima of one value are ordered by place.
  expect(Math.max(...minima.map((m) => m.value))).toBeLessThan(1e-28);
  expect(minima.map(({ at }) => Math.round(at[0]!))).toEqual([-4, -3, 3, 4]);
});

test("a ring of minima is one", () => {
  expect(finished("(x^2 + y^2 - 1)^2", 2, "fixed", 0.05).minima.length).toBe(1);
});

test("what reaches no minimum is told apart", () => {
  const { minima, unreached } = finished("x^3 - 3x + y^2", 4, "fixed", 0.05);
  expect(minima.length).toBe(1);
  expect(unreached.get(UNREACHED.diverged)).toBeGreaterThan(100);
  const logarithm = finished("x - log(x) + y^2", 2);
  expect(logarithm.unreached.get(UNREACHED.not_finite_at_start)).toBe(800);
  // Below −1/2 the gradient is zero or leads away: the saddle itself is no minimum.
  expect(finished("-(x^2) - y^2", 1, "fixed", 0.1, 15).unreached.get(UNREACHED.not_a_minimum)).toBe(1);
});

test("the first starts fill the map coarsely, later ones sharpen it", () => {
  const work = mapped("(x^2 - 1)^2 + y^2", 2, "fixed", 0.05);
  let n = 0;
  work.go(() => ++n === 9);
  const coarse = work.map();
  expect(coarse.done).toBe(9);
  expect(coarse.labels.every((l) => l >= UNREACHED.not_finite_at_start)).toBe(true);
  work.go(() => false);
  const fine = work.map();
  expect(work.finished).toBe(true);
  const left = fine.labels.filter((l) => l === fine.labels[0]).length;
  expect(left).toBe(800);
  expect(coarse.labels.filter((l) => l === coarse.labels[0]).length).not.toBe(800);
});
