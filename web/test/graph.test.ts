import { describe, expect, test } from "vitest";
import { labelOf, plainName, variableName } from "../src/graph/label";
import { parse } from "../src/language/parse";
import { blockSlopes, blocksOf, graphOf } from "../src/local/backward";
import { study } from "../src/local/study";
import { layOut } from "../src/plot/dag";

const of = (text: string, point: number[]) => {
  const graph = graphOf(study(text));
  return { graph, sweep: graph.at(point) };
};

describe("the computational graph", () => {
  test("x²y + y³ at (1, 2): values, slopes on the arrows, adjoints that add up where branches meet", () => {
    const { graph, sweep } = of("x^2 y + y^3", [1, 2]);
    const at = (name: string) => graph.nodes.findIndex((n) => n.name === name || n.label === name);
    expect(sweep.values[graph.output]).toBe(10);
    expect(sweep.adjoints[at("x")]).toBe(4);
    expect(sweep.adjoints[at("y")]).toBe(13);
    expect(sweep.adjoints[graph.output]).toBe(1);
    expect(sweep.locals[at("y³")]).toEqual([12]);
    expect(graph.nodes[graph.output]!.label).toMatch(/^v\d \+ v\d$/);
  });

  test.each([
    ["(1-x)^2 + 100(y-x^2)^2", [-1.2, 1]],
    ["sin(x y) exp(-x^2) / (1 + y^2)", [0.7, -0.4]],
    ["log(x) + atan2(y, x) + hypot(x, y) + x^y", [1.3, 0.6]],
    ["max(x, y) + min(x^2, y) + relu(x - y) + where(x < y, x y, x/y)", [0.3, 0.8]],
    ["tanh(x) sigmoid(y) + softplus(x) + erf(y) + cbrt(x) + |y|", [0.4, -0.9]],
  ])("%s: what flows back is the gradient", (text, point) => {
    const f = study(text);
    const { graph, sweep } = of(text, point);
    const { gradient, value } = f.at(point);
    expect(sweep.values[graph.output]).toBeCloseTo(value, 13);
    f.variables.forEach((v, i) => {
      const k = graph.nodes.findIndex((n) => n.op === "var" && n.name === v);
      expect(sweep.adjoints[k]).toBeCloseTo(gradient[i]!, 12);
    });
  });

  test("a branch that is not taken sends nothing back, however undefined it is", () => {
    const { graph, sweep } = of("where(x > 0, x^2, sqrt(x)) + y", [2, 1]);
    const x = graph.nodes.findIndex((n) => n.name === "x");
    expect(sweep.adjoints[x]).toBe(4);
  });

  test("folding keeps value and slopes", () => {
    const text = Array.from({ length: 14 }, (_, k) => `sin(${k + 2}x y + ${k})exp(-(x - ${k})^2)cos(y/${k + 2})`).join(" + ");
    const { graph, sweep } = of(text, [1, 2]);
    const blocks = blocksOf(graph, 12);
    expect(graph.nodes.length).toBeGreaterThan(150);
    expect(blocks.length).toBeLessThanOrEqual(24);
    const members = blocks.flatMap((b) => b.members);
    expect(new Set(members).size).toBe(graph.nodes.filter((n) => n.inputs.length).length);
    // The gradient from blocks alone is the one from all operations.
    const adjoint = new Map([[graph.output, 1]]);
    for (const block of [...blocks].reverse()) {
      const slopes = blockSlopes(graph, sweep, block);
      block.inputs.forEach((k, i) => adjoint.set(k, (adjoint.get(k) ?? 0) + (adjoint.get(block.output) ?? 0) * (slopes[i] ?? 0)));
    }
    for (const name of ["x", "y"]) {
      const k = graph.nodes.findIndex((n) => n.name === name);
      expect(adjoint.get(k)).toBeCloseTo(sweep.adjoints[k]!, 12);
    }
  });
});

test("boxes stand in ranks and do not overlap", () => {
  const boxes = Array.from({ length: 9 }, () => ({ width: 90, height: 60 }));
  const links = [[0, 2], [1, 2], [1, 3], [2, 4], [3, 5], [4, 6], [5, 6], [6, 7], [3, 8], [7, 8]].map(([from, to]) => ({ from: from!, to: to! }));
  const { width, height, boxes: places, links: paths } = layOut(boxes, links);
  for (const { from, to } of links) expect(places[from]!.y).toBeLessThan(places[to]!.y);
  for (const [k, a] of places.entries()) {
    expect(a.x).toBeLessThanOrEqual(width);
    expect(a.y).toBeLessThanOrEqual(height);
    for (const b of places.slice(k + 1)) expect(Math.abs(a.x - b.x) >= 90 || Math.abs(a.y - b.y) >= 60).toBe(true);
  }
  expect(paths.every(({ d }) => /^M[-\d. ]+[QL]/.test(d))).toBe(true);
});

test("a few wide boxes in one rank lie on their side", () => {
  const boxes = Array.from({ length: 10 }, () => ({ width: 140, height: 60 }));
  const links = Array.from({ length: 8 }, (_, k) => [{ from: 0, to: k + 1 }, { from: k + 1, to: 9 }]).flat();
  expect(layOut(boxes, links, 560).width).toBeLessThan(layOut(boxes, links).width);
});

test("labels", () => {
  const label = (text: string, ...names: string[]) => labelOf(parse(text), names);
  expect(label("x - y", "x", "−2")).toBe("x − (−2)");
  expect(label("x^(-2)", "x")).toBe("x⁻²");
  expect(label("atan2(x, y)", "v1", "y")).toBe("atan2(v1, y)");
  expect(label("sin(x)", "v3")).toBe("sin v3");
  expect(["x1", "x_12", "theta", "w"].map(variableName)).toEqual(["x₁", "x₁₂", "θ", "w"]);
  expect(plainName(parse("1/3"))).toBe("1/3");
});
