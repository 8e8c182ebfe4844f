/** The plane that is looked at, and f on it. */

import type { ScalarFunction } from "./function";

/** The plane that is shown: two coordinates vary, the others stay where they are. */
export interface Plane {
  readonly f: ScalarFunction;
  readonly axes: readonly [number, number];
  readonly through: readonly number[];
}

export interface Bounds { x0: number; x1: number; y0: number; y1: number }

/** A curve as x0, y0, x1, y1, … */
export type Curve = number[];

/** f, ∂f/∂x, ∂f/∂y of the plane at (x, y), into `out`. */
export function planeSlope({ f, axes, through }: Plane): (x: number, y: number, out: Float64Array) => void {
  const point = [...through];
  const all = new Float64Array(1 + f.dim);
  const [i, j] = axes;
  return (x, y, out) => {
    [point[i], point[j]] = [x, y];
    f.slope(point, all);
    out[0] = all[0]!;
    out[1] = all[1 + i]!;
    out[2] = all[1 + j]!;
  };
}
