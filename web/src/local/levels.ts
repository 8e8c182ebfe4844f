/** Everything of a level that a grid sees, each place sharpened with f itself. */

import type { Bounds, Curve, Plane } from "./plane";
import { work } from "../work";

/** Samples of f on a grid: row by row from low y. */
export interface Samples {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly values: Float64Array;
}

export function sample({ f, axes, through }: Plane, bounds: Bounds, nx: number, ny: number): Samples {
  work.samplings++;
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
