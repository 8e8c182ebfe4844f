/** Level curves: the one through a point traced exactly, and the rest of the level found on a grid. */

import type { Study } from "./study";

/** The plane that is shown: two coordinates vary, the others stay where they are. */
export interface Plane {
  readonly f: Study;
  readonly axes: readonly [number, number];
  readonly through: readonly number[];
}

export interface Bounds { x0: number; x1: number; y0: number; y1: number }

/** A curve as x0, y0, x1, y1, … */
export type Curve = number[];

const MOST_POINTS = 4000;
const SHARPEST = 0.12; // radians that one piece may turn
const PRECISION = 1e-12;

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

/**
 * The level curve through (x, y), followed both ways with a predictor and Newton's corrector.
 * `pixel` is the size of a pixel: pieces are at most a few pixels long and shorter in bends.
 */
export function trace(plane: Plane, x: number, y: number, bounds: Bounds, pixel: number): Curve {
  const slope = planeSlope(plane);
  const here = new Float64Array(3);
  slope(x, y, here);
  const level = here[0]!;
  const steep = Math.hypot(here[1]!, here[2]!);
  if (!Number.isFinite(level) || !(steep > 0) || !Number.isFinite(steep)) return [];
  const forward = follow(slope, x, y, level, 1, bounds, pixel);
  if (forward.closed) return [x, y, ...forward.curve, x, y];
  const backward = follow(slope, x, y, level, -1, bounds, pixel).curve;
  const curve: Curve = [];
  for (let k = backward.length - 2; k >= 0; k -= 2) curve.push(backward[k]!, backward[k + 1]!);
  return [...curve, x, y, ...forward.curve];
}

function follow(
  slope: ReturnType<typeof planeSlope>, x0: number, y0: number, level: number, side: 1 | -1,
  bounds: Bounds, pixel: number,
): { curve: Curve; closed: boolean } {
  const g = new Float64Array(3);
  const curve: Curve = [];
  let [x, y] = [x0, y0];
  slope(x, y, g);
  const along = () => {
    const size = Math.hypot(g[1]!, g[2]!);
    return [(-side * g[2]!) / size, (side * g[1]!) / size] as const;
  };
  let [tx, ty] = along();
  const [longest, shortest] = [8 * pixel, 0.02 * pixel];
  const margin = 20 * pixel;
  let step = 2 * pixel;
  let away = false;
  while (curve.length < 2 * MOST_POINTS) {
    const corrected = correct(slope, x + step * tx, y + step * ty, level, g, step);
    const turned = corrected ? along() : null;
    const turn = turned ? Math.abs(Math.atan2(tx * turned[1] - ty * turned[0], tx * turned[0] + ty * turned[1])) : 9;
    if (!corrected || (turn > SHARPEST && step > shortest)) {
      step *= 0.5;
      // A corner, a saddle or the edge of the domain: the curve ends here.
      if (step < shortest) return { curve, closed: false };
      continue;
    }
    const [px, py] = [x, y];
    [x, y] = corrected;
    [tx, ty] = turned!;
    curve.push(x, y);
    const distance = Math.hypot(x - x0, y - y0);
    if (distance > 2.5 * step) away = true;
    if (away && passes(px, py, x, y, x0, y0, step)) {
      curve.splice(-2);
      return { curve, closed: true };
    }
    const { x0: left, x1: right, y0: low, y1: high } = bounds;
    if (x < left - margin || x > right + margin || y < low - margin || y > high + margin) break;
    if (turn < 0.4 * SHARPEST) step = Math.min(longest, 1.6 * step);
  }
  return { curve, closed: false };
}

/** Newton's steps along the gradient back to the level; null if that leads nowhere. */
function correct(
  slope: ReturnType<typeof planeSlope>, x: number, y: number, level: number, g: Float64Array,
  reach: number,
): [number, number] | null {
  const [fromX, fromY] = [x, y];
  let best = Infinity;
  let [bestX, bestY] = [x, y];
  for (let k = 0; k < 8; k++) {
    slope(x, y, g);
    const off = g[0]! - level;
    const square = g[1]! ** 2 + g[2]! ** 2;
    if (!Number.isFinite(off) || !(square > 0) || !Number.isFinite(square)) return null;
    if (Math.abs(off) < best) [best, bestX, bestY] = [Math.abs(off), x, y];
    else break;
    if (off === 0) break;
    x -= (off * g[1]!) / square;
    y -= (off * g[2]!) / square;
    if (Math.hypot(x - fromX, y - fromY) > 0.5 * reach) return null;
  }
  slope(bestX, bestY, g);
  const scale = Math.max(Math.abs(level), Math.hypot(g[1]!, g[2]!) * Math.hypot(bestX, bestY), 1e-300);
  return best <= PRECISION * scale ? [bestX, bestY] : null;
}

/** Whether the piece from (px, py) to (x, y) passes by the start. */
function passes(px: number, py: number, x: number, y: number, x0: number, y0: number, step: number): boolean {
  const [dx, dy] = [x - px, y - py];
  const square = dx * dx + dy * dy;
  const t = ((x0 - px) * dx + (y0 - py) * dy) / square;
  return t >= 0 && t <= 1.0001 && Math.hypot(px + t * dx - x0, py + t * dy - y0) < 0.3 * step;
}

/** Samples of f on a grid: row by row from low y. */
export interface Samples {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly values: Float64Array;
}

export function sample({ f, axes, through }: Plane, bounds: Bounds, nx: number, ny: number): Samples {
  const x = Float64Array.from({ length: nx }, (_, k) => bounds.x0 + ((bounds.x1 - bounds.x0) * k) / (nx - 1));
  const y = Float64Array.from({ length: ny }, (_, k) => bounds.y0 + ((bounds.y1 - bounds.y0) * k) / (ny - 1));
  const columns = through.map((at) => new Float64Array(nx * ny).fill(at));
  const [cx, cy] = [columns[axes[0]]!, columns[axes[1]]!];
  for (let j = 0; j < ny; j++) {
    cx.set(x, j * nx);
    cy.fill(y[j]!, j * nx, (j + 1) * nx);
  }
  return { x, y, values: f.values(columns) };
}

const ROUNDS = 40;
const FAR_OFF = 1e6;
const JUMP = 0.2; // a crossing this far off, against its two ends, is a jump of f

/** Every `stride`-th sample across and up. */
export function thinned({ x, y, values }: Samples, stride: number): Samples {
  const xs = x.filter((_, i) => i % stride === 0);
  const ys = y.filter((_, j) => j % stride === 0);
  const kept = new Float64Array(xs.length * ys.length);
  for (let j = 0; j < ys.length; j++) {
    for (let i = 0; i < xs.length; i++) kept[j * xs.length + i] = values[j * stride * x.length + i * stride]!;
  }
  return { x: xs, y: ys, values: kept };
}

/** The curves that do not run along `known`, which is drawn already. */
export function without(known: Curve, curves: Curve[], cell: number): Curve[] {
  if (!known.length) return curves;
  const visited = new Set<string>();
  const place = (x: number, y: number) => `${Math.floor(x / cell)} ${Math.floor(y / cell)}`;
  for (let k = 0; k < known.length; k += 2) {
    for (const dx of [-cell, 0, cell]) {
      for (const dy of [-cell, 0, cell]) visited.add(place(known[k]! + dx, known[k + 1]! + dy));
    }
  }
  return curves.filter((curve) => {
    let outside = 0;
    for (let k = 0; k < curve.length; k += 2) if (!visited.has(place(curve[k]!, curve[k + 1]!))) outside++;
    return outside > 0;
  });
}

/** All pieces of {f = level} that the grid sees: each crossing is sharpened with f itself. */
export function levelOnGrid(plane: Plane, samples: Samples, level: number): Curve[] {
  const { x, y, values } = samples;
  const [nx, ny] = [x.length, y.length];
  const [ax, ay, bx, by, za, zb]: number[][] = [[], [], [], [], [], []];
  const acrossId = new Int32Array(nx * ny).fill(-1);
  const upId = new Int32Array(nx * ny).fill(-1);
  const crossing = (k: number, next: number, i: number, j: number, di: number, dj: number, ids: Int32Array) => {
    const [a, b] = [values[k]! - level, values[next]! - level];
    if (!((a < 0 && b >= 0) || (a >= 0 && b < 0))) return;
    ids[k] = ax!.length;
    ax!.push(x[i]!); ay!.push(y[j]!); bx!.push(x[i + di]!); by!.push(y[j + dj]!);
    // An infinite end would leave false position without a slope: it counts as far away.
    za!.push(within(a, FAR_OFF * (1 + Math.abs(b))));
    zb!.push(within(b, FAR_OFF * (1 + Math.abs(a))));
  };
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const k = j * nx + i;
      if (i + 1 < nx) crossing(k, k + 1, i, j, 1, 0, acrossId);
      if (j + 1 < ny) crossing(k, k + nx, i, j, 0, 1, upId);
    }
  }
  if (!ax!.length) return [];
  const places = sharpen(plane, level, [ax!, ay!, bx!, by!, za!, zb!]);
  const segments: [number, number][] = [];
  for (let j = 0; j + 1 < ny; j++) {
    for (let i = 0; i + 1 < nx; i++) {
      const k = j * nx + i;
      const around = [acrossId[k]!, upId[k + 1]!, acrossId[k + nx]!, upId[k]!].filter((id) => id >= 0);
      if (around.length === 2) segments.push([around[0]!, around[1]!]);
      if (around.length === 4) {
        const [bottom, right, top, left] = around as [number, number, number, number];
        const corner = values[k]!;
        const centre = corner + values[k + 1]! + values[k + nx]! + values[k + nx + 1]! - 4 * level >= 0;
        if (centre === corner >= level) segments.push([bottom, right], [top, left]);
        else segments.push([bottom, left], [top, right]);
      }
    }
  }
  return chains(segments.filter(([a, b]) => places.usable[a] && places.usable[b])).map((chain) =>
    chain.flatMap((k) => [places.x[k]!, places.y[k]!]),
  );
}

const within = (x: number, reach: number): number => Math.min(reach, Math.max(-reach, x));

/** False position (Illinois) on every crossed edge at once. */
function sharpen(plane: Plane, level: number, edges: number[][]) {
  const [ax, ay, bx, by, za, zb] = edges as [number[], number[], number[], number[], number[], number[]];
  const m = ax.length;
  const [px, py] = [new Float64Array(m), new Float64Array(m)];
  const columns = plane.through.map((at) => new Float64Array(m).fill(at));
  columns[plane.axes[0]] = px;
  columns[plane.axes[1]] = py;
  const t = Float64Array.from(za, (a, k) => a / (a - zb[k]!));
  const [low, high] = [new Float64Array(m), new Float64Array(m).fill(1)];
  const [a, b] = [Float64Array.from(za), Float64Array.from(zb)];
  const side = new Int8Array(m);
  const rest = new Float64Array(m);
  for (let round = 0; round < ROUNDS; round++) {
    for (let k = 0; k < m; k++) {
      px[k] = ax[k]! + t[k]! * (bx[k]! - ax[k]!);
      py[k] = ay[k]! + t[k]! * (by[k]! - ay[k]!);
    }
    const here = plane.f.values(columns);
    let open = 0;
    for (let k = 0; k < m; k++) {
      const off = here[k]! - level;
      rest[k] = Number.isNaN(off) ? Infinity : Math.abs(off);
      if (off === 0 || Number.isNaN(off)) continue;
      if (rest[k]! <= 1e-13 * Math.abs(level)) continue;
      if (off < 0 === za[k]! < 0) {
        [low[k], a[k]] = [t[k]!, off];
        if (side[k] === 1) b[k]! *= 0.5;
        side[k] = 1;
      } else {
        [high[k], b[k]] = [t[k]!, off];
        if (side[k] === -1) a[k]! *= 0.5;
        side[k] = -1;
      }
      const next = low[k]! - (a[k]! * (high[k]! - low[k]!)) / (b[k]! - a[k]!);
      if (next > low[k]! && next < high[k]! && next !== t[k]) {
        t[k] = next;
        open++;
      }
    }
    if (!open) break;
  }
  const usable = rest.map((r, k) =>
    r < Infinity && r <= JUMP * Math.min(Math.abs(za[k]!), Math.abs(zb[k]!)) + 1e-13 * Math.abs(level) ? 1 : 0,
  );
  return { x: px, y: py, usable };
}

/** The segments joined end to end: open chains first, then rings. */
function chains(segments: [number, number][]): number[][] {
  const near = new Map<number, number[]>();
  const join = (a: number, b: number) => {
    const list = near.get(a);
    if (list) list.push(b);
    else near.set(a, [b]);
  };
  for (const [a, b] of segments) {
    join(a, b);
    join(b, a);
  }
  const found: number[][] = [];
  const starts = [...near].filter(([, list]) => list.length === 1).map(([k]) => k);
  for (const first of [...starts, ...near.keys()]) {
    if (!near.get(first)!.length) continue;
    const chain = [first];
    for (let here = first; near.get(here)!.length; ) {
      const there = near.get(here)!.pop()!;
      near.get(there)!.splice(near.get(there)!.indexOf(here), 1);
      chain.push(there);
      here = there;
    }
    found.push(chain);
  }
  return found;
}
