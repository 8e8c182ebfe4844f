/** Critical points near at hand, by Newton's method from a grid. It finds; it proves nothing. */

import { kindOf } from "./ends";
import type { Kind } from "./ends";
import { planeSlope } from "./plane";
import type { Bounds, Plane } from "./plane";
import { eigen } from "./linear";
import { work } from "../work";

export interface Critical {
  readonly at: [number, number];
  readonly value: number;
  readonly kind: Kind;
  readonly eigenvalues: number[];
}

const STARTS = 24; // a side of the grid
const ROUNDS = 40;
const SETTLED = 1e-11; // of the window: a Newton step this short has arrived

/** Critical points of a function of two variables inside `bounds`, lowest first. */
export function criticalPoints(plane: Plane, bounds: Bounds): Critical[] {
  work.searches++;
  const [width, height] = [bounds.x1 - bounds.x0, bounds.y1 - bounds.y0];
  const size = Math.max(width, height);
  const m = STARTS * STARTS;
  const x = Float64Array.from({ length: m }, (_, k) => bounds.x0 + (width * ((k % STARTS) + 0.5)) / STARTS);
  const y = Float64Array.from({ length: m }, (_, k) => bounds.y0 + (height * (Math.floor(k / STARTS) + 0.5)) / STARTS);
  const arrived = new Uint8Array(m);
  const [i, j] = plane.axes;
  const n = plane.f.dim;
  const second = (p: number, q: number) => 1 + n + p * n - (p * (p - 1)) / 2 + (q - p);
  const [lo, hi] = i < j ? [i, j] : [j, i];
  for (let round = 0; round < ROUNDS; round++) {
    const columns = plane.through.map((at) => new Float64Array(m).fill(at));
    [columns[i], columns[j]] = [x, y];
    const out = plane.f.all(columns);
    const [gx, gy] = [out[1 + i]!, out[1 + j]!];
    const [hxx, hxy, hyy] = [out[second(i, i)]!, out[second(lo, hi)]!, out[second(j, j)]!];
    for (let k = 0; k < m; k++) {
      const determinant = hxx[k]! * hyy[k]! - hxy[k]! ** 2;
      const sx = (hyy[k]! * gx[k]! - hxy[k]! * gy[k]!) / determinant;
      const sy = (hxx[k]! * gy[k]! - hxy[k]! * gx[k]!) / determinant;
      const length = Math.hypot(sx, sy);
      if (gx[k] === 0 && gy[k] === 0) { arrived[k] = 1; continue; }
      if (!(length < Infinity)) continue;
      arrived[k] = length < SETTLED * size ? 1 : 0;
      const shorten = Math.min(1, (0.2 * size) / length);
      x[k]! -= shorten * sx;
      y[k]! -= shorten * sy;
    }
  }
  return distinct(plane, bounds, x, y, arrived, size);
}

function distinct(
  plane: Plane, bounds: Bounds, x: Float64Array, y: Float64Array, arrived: Uint8Array, size: number,
): Critical[] {
  const found: Critical[] = [];
  const g = new Float64Array(3);
  const slope = planeSlope(plane);
  const steepest = Math.max(...[0.1, 0.5, 0.9].map((t) => {
    slope(bounds.x0 + t * (bounds.x1 - bounds.x0), bounds.y0 + t * (bounds.y1 - bounds.y0), g);
    const steep = Math.hypot(g[1]!, g[2]!);
    return Number.isFinite(steep) ? steep : 0;
  }));
  for (let k = 0; k < x.length; k++) {
    const [px, py] = [x[k]!, y[k]!];
    const inside = px >= bounds.x0 && px <= bounds.x1 && py >= bounds.y0 && py <= bounds.y1;
    if (!arrived[k] || !inside) continue;
    if (found.some(({ at }) => Math.hypot(at[0] - px, at[1] - py) < 1e-6 * size)) continue;
    slope(px, py, g);
    // Newton also settles where f fades away towards infinity; there the slope is not zero.
    if (!(Math.hypot(g[1]!, g[2]!) <= 1e-9 * Math.max(steepest, 1e-3))) continue;
    const point = [...plane.through];
    [point[plane.axes[0]], point[plane.axes[1]]] = [px, py];
    const { hessian } = plane.f.at(point);
    const own = plane.axes.map((p) => plane.axes.map((q) => hessian[p]![q]!));
    found.push({
      at: [tidy(px, size), tidy(py, size)], value: g[0]!, kind: kindOf(own),
      eigenvalues: own.flat().every(Number.isFinite) ? eigen(own).values : [],
    });
  }
  return found.sort((a, b) => a.value - b.value);
}

const tidy = (x: number, size: number): number => (Math.abs(x) < 1e-12 * size ? 0 : x);
