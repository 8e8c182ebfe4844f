/** Everything of a level that a grid sees, each place sharpened with f itself. */

import { withCorners } from "./corners";
import type { Bounds, Curve, Plane } from "./plane";
import { sharpen } from "./sharpen";
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

const FAR_OFF = 1e6;
const FINE = 1 / 32; // of a cell: a chord may be that far from the level

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

/** Tells whether a place is near a curve that is drawn already; `cell` says how near. */
export function nearTo(known: Curve, cell: number, { x0, x1, y0, y1 }: Bounds): (x: number, y: number) => boolean {
  // One cell more on every side, so that neighbours of those at the edge are on the grid.
  const across = Math.ceil((x1 - x0) / cell) + 3;
  const up = Math.ceil((y1 - y0) / cell) + 3;
  const visited = new Uint8Array(across * up);
  const column = (x: number) => Math.floor((x - x0) / cell) + 1;
  const row = (y: number) => Math.floor((y - y0) / cell) + 1;
  for (let k = 0; k < known.length; k += 2) {
    const [i, j] = [column(known[k]!), row(known[k + 1]!)];
    if (i < 0 || i >= across || j < 0 || j >= up) continue;
    const [left, right] = [Math.max(0, i - 1), Math.min(across - 1, i + 1)];
    for (let b = Math.max(0, j - 1); b <= Math.min(up - 1, j + 1); b++) {
      visited.fill(1, b * across + left, b * across + right + 1);
    }
  }
  return (x, y) => visited[row(y) * across + column(x)] === 1;
}

/** Edges of the grid that a level crosses: their ends, f − level there, and their numbers. */
interface Edges {
  readonly ax: number[]; readonly ay: number[]; readonly za: number[];
  readonly bx: number[]; readonly by: number[]; readonly zb: number[];
  readonly across: Int32Array; readonly up: Int32Array;
}

/**
 * The pieces of {f = level} that the grid sees, each crossing sharpened with f itself; those
 * along which `drawn` is always true are left out.
 */
export function levelOnGrid(
  plane: Plane, samples: Samples, level: number, drawn?: (x: number, y: number) => boolean,
): Curve[] {
  const above = sides(samples.values, level);
  const edges = crossings(samples, level, above);
  const { ax, ay, bx, by, za, zb } = edges;
  if (!ax.length) return [];
  const isDrawn = (k: number) => {
    const t = za[k]! / (za[k]! - zb[k]!);
    return drawn!(ax[k]! + t * (bx[k]! - ax[k]!), ay[k]! + t * (by[k]! - ay[k]!));
  };
  const all = chains(segments(samples, level, edges));
  const left = drawn ? all.filter((chain) => !chain.every(isDrawn)) : all;
  if (!left.length) return [];
  const number = new Int32Array(ax.length).fill(-1);
  const kept = [...new Set(left.flat())];
  kept.forEach((k, n) => (number[k] = n));
  const places = sharpen(plane, level, [ax, ay, bx, by, za, zb].map((list) => kept.map((k) => list[k]!)));
  const curves = left.flatMap((chain) => cut(chain.map((k) => number[k]!), places));
  return withCorners(plane, level, curves, FINE * (samples.x[1]! - samples.x[0]!));
}

/** 1 where f is at least the level, 0 where it is less, 2 where it is undefined. */
function sides(values: Float64Array, level: number): Uint8Array {
  const side = new Uint8Array(values.length);
  for (let k = 0; k < values.length; k++) {
    const off = values[k]! - level;
    side[k] = off >= 0 ? 1 : off < 0 ? 0 : 2;
  }
  return side;
}

function crossings({ x, y, values }: Samples, level: number, above: Uint8Array): Edges {
  const [nx, ny] = [x.length, y.length];
  const [ax, ay, bx, by, za, zb]: number[][] = [[], [], [], [], [], []];
  const across = new Int32Array(nx * ny).fill(-1);
  const up = new Int32Array(nx * ny).fill(-1);
  const add = (k: number, next: number, i: number, j: number, ids: Int32Array) => {
    ids[k] = ax!.length;
    ax!.push(x[i]!); ay!.push(y[j]!);
    bx!.push(x[next % nx]!); by!.push(y[Math.floor(next / nx)]!);
    const [a, b] = [values[k]! - level, values[next]! - level];
    // An infinite end would leave false position without a slope: it counts as far away.
    za!.push(within(a, FAR_OFF * (1 + Math.abs(b))));
    zb!.push(within(b, FAR_OFF * (1 + Math.abs(a))));
  };
  for (let j = 0; j < ny; j++) {
    for (let i = 0, k = j * nx; i < nx; i++, k++) {
      const side = above[k]!;
      if (side === 2) continue;
      if (i + 1 < nx && above[k + 1] === 1 - side) add(k, k + 1, i, j, across);
      if (j + 1 < ny && above[k + nx] === 1 - side) add(k, k + nx, i, j, up);
    }
  }
  return { ax: ax!, ay: ay!, bx: bx!, by: by!, za: za!, zb: zb!, across, up };
}

/** The pairs of crossed edges that a piece of the level joins inside one cell. */
function segments({ x, y, values }: Samples, level: number, { across, up }: Edges): [number, number][] {
  const [nx, ny] = [x.length, y.length];
  const found: [number, number][] = [];
  for (let j = 0; j + 1 < ny; j++) {
    for (let i = 0, k = j * nx; i + 1 < nx; i++, k++) {
      const [bottom, right, top, left] = [across[k]!, up[k + 1]!, across[k + nx]!, up[k]!];
      if ((bottom & right & top & left) === -1) continue;
      const ends = [bottom, right, top, left].filter((id) => id >= 0);
      if (ends.length === 2) found.push([ends[0]!, ends[1]!]);
      if (ends.length === 4) {
        const corner = values[k]!;
        const centre = corner + values[k + 1]! + values[k + nx]! + values[k + nx + 1]! - 4 * level >= 0;
        if (centre === corner >= level) found.push([bottom, right], [top, left]);
        else found.push([bottom, left], [top, right]);
      }
    }
  }
  return found;
}

/** A chain of places as curves, cut where f jumps instead of passing the level. */
function cut(chain: number[], { x, y, usable }: { x: Float64Array; y: Float64Array; usable: Uint8Array | Float64Array }): Curve[] {
  const curves: Curve[] = [];
  let curve: Curve = [];
  for (const k of chain) {
    if (usable[k]) curve.push(x[k]!, y[k]!);
    else {
      if (curve.length > 2) curves.push(curve);
      curve = [];
    }
  }
  if (curve.length > 2) curves.push(curve);
  return curves;
}

const within = (x: number, reach: number): number => Math.min(reach, Math.max(-reach, x));

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
