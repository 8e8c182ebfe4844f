import { expect, test } from "vitest";
import { drawSurface, projection, relief } from "../src/plot/surface";
import type { Palette } from "../src/plot/landscape";

const BOUNDS = { x0: -1, x1: 1, y0: 0, y1: 1 };
const LEVELS = [0, 0.25, 0.5, 0.75, 1];

function samples(nx: number, ny: number, f: (x: number, y: number) => number) {
  const x = Float64Array.from({ length: nx }, (_, k) => -1 + (2 * k) / (nx - 1));
  const y = Float64Array.from({ length: ny }, (_, k) => k / (ny - 1));
  return { x, y, values: Float64Array.from({ length: nx * ny }, (_, k) => f(x[k % nx]!, y[Math.floor(k / nx)]!)) };
}

test("however it is turned, the surface stands in the middle and inside the canvas", () => {
  const bowl = samples(21, 11, (x, y) => (x * x + y * y) / 2);
  const rise = relief(LEVELS);
  for (const turn of [-0.5, 0, 0.8, 2, 4]) {
    for (const tilt of [0.12, 0.6, 1.45]) {
      const project = projection(467, 311, BOUNDS, { turn, tilt }, bowl, rise);
      const seen = Array.from(bowl.values, (v, k) => project(bowl.x[k % 21]!, bowl.y[Math.floor(k / 21)]!, rise(v)));
      const [left, right] = [Math.min(...seen.map(([x]) => x)), Math.max(...seen.map(([x]) => x))];
      const [top, bottom] = [Math.min(...seen.map(([, y]) => y)), Math.max(...seen.map(([, y]) => y))];
      expect(left).toBeGreaterThan(0);
      expect(right).toBeLessThan(467);
      expect(top).toBeGreaterThan(0);
      expect(top).toBeCloseTo(311 - bottom, 6);
    }
  }
});

test("how a slope is lit does not depend on how densely it was sampled", () => {
  const [white, black] = [[255, 255, 255], [0, 0, 0]] as const;
  const palette: Palette = { low: white, high: [60, 90, 140], ink: black, paper: white, hairline: black, contour: black };
  const fills = (nx: number, ny: number) => {
    const found = new Set<string>();
    const nothing = () => {};
    const context = {
      set fillStyle(colour: string) { found.add(colour); },
      beginPath: nothing, moveTo: nothing, lineTo: nothing, closePath: nothing, fill: nothing, stroke: nothing,
    };
    const plane = samples(nx, ny, (_, y) => 0.1 + 0.8 * y);
    const pose = { turn: 0.3, tilt: 0.6 };
    const project = projection(467, 311, BOUNDS, pose, plane, relief([0, 1]));
    drawSurface(context as unknown as CanvasRenderingContext2D, plane, [0, 1], project, pose, palette);
    return [...found];
  };
  expect(fills(21, 3)).toHaveLength(1);
  expect(fills(21, 3)).toEqual(fills(5, 21));
});
