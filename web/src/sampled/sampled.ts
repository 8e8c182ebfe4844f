/**
 * A function that is known on a grid: a loss surface. Between samples it is interpolated, linearly
 * along a line and bilinearly in a cell; where a sample that counts is missing, and outside the
 * grid, it is NaN. It has no gradient, for interpolation would make one up.
 */

import type { Trajectory } from "../local/descent";
import type { Local, ScalarFunction } from "../local/function";
import type { Samples } from "../local/levels";
import type { Bounds } from "../local/plane";
import { ruleByName } from "../local/rules";

/** What Python tells of a surface; src/steepest/torch/surface_json.py says what each key is. */
export interface SurfaceData {
  readonly title: string;
  readonly names: readonly string[];
  readonly grid: readonly number[][];
  readonly values: readonly (number | null)[] | readonly (number | null)[][];
  readonly unit: number;
  readonly points: readonly { label: string; at: number[] }[];
  readonly trajectory: {
    readonly points: readonly (number | null)[][];
    readonly distances: readonly (number | null)[];
    readonly share: number | null;
  } | null;
  readonly lowest: { readonly value: number; readonly at: number[] } | null;
  readonly missing: number;
}

export interface Sampled extends ScalarFunction {
  readonly data: SurfaceData;
  readonly samples: Samples;
  /** The part of the plane that was sampled; of a line x0 and x1 count. */
  readonly window: Bounds;
  /** The training's trajectory as the slice shows it, with f below it; empty if there is none. */
  readonly run: Trajectory;
  /** The same on all of the plane: outside the window what its edge has. For painting. */
  readonly extended: ScalarFunction;
  /** The samples between which the value at a point lies: one at a sample; none outside. */
  around(point: ArrayLike<number>): number[];
}

export const LETTERS = ["α", "β"] as const;

export function sampled(data: SurfaceData): Sampled {
  const grid = data.grid.map((g) => Float64Array.from(g));
  const x = grid[0]!;
  const y = grid[1] ?? Float64Array.of(0);
  const rows = (grid.length === 1 ? [data.values] : data.values) as (number | null)[][];
  const values = Float64Array.from(rows.flat(), (v) => v ?? NaN);
  const dim = grid.length;
  const [ends, weights] = [new Int32Array(4), new Float64Array(4)];
  /** Fills `ends` and `weights` with the samples that count at a point; returns how many. */
  const corners = (px: number, py: number): number => {
    const i = cellOf(x, px);
    const j = dim === 1 ? 0 : cellOf(y, py);
    if (i < 0 || j < 0) return 0;
    const s = partOf(x, i, px);
    const t = dim === 1 ? 0 : partOf(y, j, py);
    let n = 0;
    for (const [k, weight] of [
      [j * x.length + i, (1 - s) * (1 - t)], [j * x.length + i + 1, s * (1 - t)],
      [(j + 1) * x.length + i, (1 - s) * t], [(j + 1) * x.length + i + 1, s * t],
    ] as const) {
      // A sample without weight is not asked: beside it f may be unknown.
      if (weight === 0) continue;
      ends[n] = k;
      weights[n++] = weight;
    }
    return n;
  };
  const valueAt = (px: number, py: number): number => {
    const n = corners(px, py);
    let sum = n ? 0 : NaN;
    for (let k = 0; k < n; k++) sum += weights[k]! * values[ends[k]!]!;
    return sum;
  };
  const over = (columns: readonly Float64Array[]) => columns[0]!.map((px, k) => valueAt(px, columns[1]?.[k] ?? 0));
  const within = (side: Float64Array) => (v: number) => Math.min(side.at(-1)!, Math.max(side[0]!, v));
  const points = (data.trajectory?.points ?? []).map((p) => p.map((c) => c ?? NaN));
  const unknown = Array.from({ length: dim }, () => NaN);
  const own: ScalarFunction = {
    dim, text: data.title,
    variables: LETTERS.slice(0, dim),
    signature: dim === 1 ? "f(\\alpha)" : "f(\\alpha, \\beta)",
    values: over,
    all: (columns) => [
      over(columns),
      ...Array.from({ length: dim + (dim * (dim + 1)) / 2 }, () => new Float64Array(columns[0]!.length).fill(NaN)),
    ],
    value: (point) => valueAt(point[0]!, point[1] ?? 0),
    slope(point, into) {
      into.fill(NaN);
      into[0] = valueAt(point[0]!, point[1] ?? 0);
    },
    at: (point): Local => ({
      point: [...point], value: valueAt(point[0]!, point[1] ?? 0),
      gradient: unknown, hessian: unknown.map(() => unknown),
    }),
    kink: () => "",
  };
  return {
    ...own, data, samples: { x, y, values },
    window: { x0: x[0]!, x1: x.at(-1)!, y0: y[0]!, y1: y.at(-1)! },
    run: {
      points, values: points.map((p) => valueAt(p[0]!, p[1] ?? 0)), gradients: [], outcome: "given",
      rule: ruleByName("fixed"), stepSize: NaN, message: "", lambdaMax: null, stableStep: null,
    },
    extended: { ...own, values: (columns) => over(columns.map((column, k) => column.map(within([x, y][k]!)))) },
    around(point) {
      const n = corners(point[0]!, point[1] ?? 0);
      return Array.from(ends.subarray(0, n), (k) => values[k]!);
    },
  };
}

/** The k with grid[k] ≤ at ≤ grid[k + 1]; −1 outside. The grid is even but for rounding. */
function cellOf(grid: Float64Array, at: number): number {
  const last = grid.length - 1;
  if (!(at >= grid[0]! && at <= grid[last]!)) return -1;
  let k = Math.min(last - 1, Math.floor(((at - grid[0]!) / (grid[last]! - grid[0]!)) * last));
  while (k > 0 && at < grid[k]!) k--;
  while (k < last - 1 && at >= grid[k + 1]!) k++;
  return k;
}

const partOf = (grid: Float64Array, k: number, at: number): number => (at - grid[k]!) / (grid[k + 1]! - grid[k]!);

/** The runs of neighbouring cells of a line in which f is unknown, as pairs from and to. */
export function gaps({ samples: { x, values } }: Sampled): [number, number][] {
  const found: [number, number][] = [];
  for (let k = 0; k + 1 < x.length; k++) {
    if (!Number.isNaN(values[k]! + values[k + 1]!)) continue;
    const before = found.at(-1);
    if (before && before[1] === x[k]) before[1] = x[k + 1]!;
    else found.push([x[k]!, x[k + 1]!]);
  }
  return found;
}
