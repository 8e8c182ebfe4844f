import { describe, expect, test } from "vitest";
import { criticalPoints } from "../src/local/critical";
import { descend } from "../src/local/descent";
import { levelOnGrid, sample } from "../src/local/levels";
import { trace } from "../src/local/trace";
import { dot, eigen } from "../src/local/linear";
import { L1, L2, LInf, ball, quadratic } from "../src/local/norms";
import { ruleByName } from "../src/local/rules";
import { study, studyTape } from "../src/local/study";
import type { Study } from "../src/local/study";
import { toJson } from "../src/tape/tape";

const plane = (f: Study) => ({ f, axes: [0, 1] as const, through: [0, 0] });
const box = (r: number) => ({ x0: -r, x1: r, y0: -r, y1: r });

const LANDSCAPES: [name: string, text: string, point: [number, number]][] = [
  ["bowl", "x^2 + 3y^2", [1, 2]],
  ["Rosenbrock", "(1-x)^2 + 100(y-x^2)^2", [-1.2, 1]],
  ["Rosenbrock's floor", "(1-x)^2 + 100(y-x^2)^2", [0.5, 0.26]],
  ["Himmelblau", "(x^2+y-11)^2 + (x+y^2-7)^2", [0.3, -1]],
  ["waves", "sin(x) + sin(y) + sin(x+y)", [0.4, 0.9]],
  ["pole", "1/(x^2 + y^2)", [0.5, 0.5]],
  ["logarithm", "log(x) + y^2", [1.5, 0.3]],
];

test("a formula over data keeps the heading it has with its vectors", () => {
  const plain = study("(w1 - 1)^2 + (w2 - 2)^2");
  const tape = toJson([plain.root], plain.variables);
  const heading = { signature: "f(w)", latex: "\\|w - y\\|^{2}" };
  expect(studyTape(tape, "norm(w - y)^2", heading)).toMatchObject(heading);
  expect(studyTape(tape, "norm(w - y)^2").signature).toBe("f(w_{1}, w_{2})");
});

describe("level curves", () => {
  test.each(LANDSCAPES)("%s: every point lies on the level to 1e-10", (_, text, [x, y]) => {
    const f = study(text);
    const level = f.value([x, y]);
    const curves = [trace(plane(f), x, y, box(5), 0.015), ...levelOnGrid(plane(f), sample(plane(f), box(5), 181, 181), level)];
    let points = 0;
    for (const curve of curves) {
      for (let k = 0; k < curve.length; k += 2) {
        points++;
        expect(Math.abs(f.value([curve[k]!, curve[k + 1]!]) - level)).toBeLessThanOrEqual(1e-10 * Math.abs(level));
      }
    }
    expect(points).toBeGreaterThan(50);
  });

  test("an ellipse closes and meets its neighbour in every bend", () => {
    const curve = trace(plane(study("x^2 + 3y^2")), 1, 2, box(5), 0.015);
    expect(curve.slice(0, 2)).toEqual(curve.slice(-2));
    let longest = 0;
    for (let k = 2; k < curve.length; k += 2) {
      longest = Math.max(longest, Math.hypot(curve[k]! - curve[k - 2]!, curve[k + 1]! - curve[k - 1]!));
    }
    expect(longest).toBeLessThan(0.13);
  });

  test("a grid's cells cut no corner off", () => {
    const f = study("|x| + |y|");
    const [ring] = levelOnGrid(plane(f), sample(plane(f), box(5), 42, 42), 2) as [number[]];
    for (const [x, y] of [[2, 0], [0, 2], [-2, 0], [0, -2]] as const) {
      const away = ring.map((_, k) => (k % 2 ? Infinity : Math.hypot(ring[k]! - x, ring[k + 1]! - y)));
      expect(Math.min(...away)).toBeLessThan(0.01);
    }
    expect(ring.length).toBeLessThan(400);
  });

  test("nothing to follow where the gradient is zero or f undefined", () => {
    expect(trace(plane(study("x^2 + y^2")), 0, 0, box(5), 0.01)).toEqual([]);
    expect(trace(plane(study("log(x) + y")), -1, 0, box(5), 0.01)).toEqual([]);
  });
});

describe("norms", () => {
  const g = [2, -12];
  test.each([L2, L1, LInf, quadratic([[2, 1], [1, 3]])].map((n) => [n.name, n] as const))("%s", (_, norm) => {
    const u = norm.steepest(g);
    expect(norm.size(u)).toBeCloseTo(1, 14);
    expect(dot(g, u)).toBeCloseTo(norm.dual(g), 12);
    for (const corner of ball(norm)) {
      expect(norm.size(corner)).toBeCloseTo(1, 12);
      expect(dot(g, corner)).toBeLessThanOrEqual(norm.dual(g) * (1 + 1e-12));
    }
  });
});

test("eigenvalues of a symmetric matrix", () => {
  const { values, vectors } = eigen([[2, -1, 0], [-1, 2, -1], [0, -1, 2]]);
  [2 - Math.SQRT2, 2, 2 + Math.SQRT2].forEach((value, k) => expect(values[k]).toBeCloseTo(value, 14));
  expect(dot(vectors[0]!, vectors[2]!)).toBeCloseTo(0, 14);
});

describe("critical points", () => {
  test("all nine of Himmelblau's function", () => {
    const found = criticalPoints(plane(study("(x^2+y-11)^2 + (x+y^2-7)^2")), box(5));
    const kinds = found.map((c) => c.kind);
    expect(kinds.filter((k) => k === "minimum")).toHaveLength(4);
    expect(kinds.filter((k) => k === "saddle")).toHaveLength(4);
    expect(kinds.filter((k) => k === "maximum")).toHaveLength(1);
  });
  test("no false ones where f fades away", () => {
    expect(criticalPoints(plane(study("x exp(-x^2-y^2)")), box(4))).toHaveLength(2);
  });
  test("the monkey saddle is undecided", () => {
    const kinds = criticalPoints(plane(study("x^3 - 3x y^2")), box(1)).map((c) => c.kind);
    expect(kinds).not.toContain("minimum");
  });
});

test("a step larger than 2/λmax diverges and says so", () => {
  const f = study("x^2 + 3y^2");
  const bad = descend(f, [1, 2], ruleByName("fixed"), 0.35);
  expect(bad.outcome).toBe("diverged");
  expect(bad.message).toContain("The step size 0.35 is larger than 2/λmax = 0.3333.");
  expect(descend(f, [1, 2], ruleByName("fixed"), 0.3).outcome).toBe("converged");
});
