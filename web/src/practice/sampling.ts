/** Points where a formula is defined, the same ones as in Python: steepest/explain/sampling.py. */

import { build, topological, variablesOf } from "../graph/graph";
import type { Node } from "../graph/graph";
import { pointEvaluator } from "../tape/evaluate";
import { record } from "../tape/tape";

export type Point = readonly number[];
/** Values at points, a row for each expression. */
export type Rows = Float64Array[];

export function evaluate(roots: readonly Node[], variables: readonly string[], points: readonly Point[]): Rows {
  const at = pointEvaluator(record(roots, variables));
  const rows = roots.map(() => new Float64Array(points.length));
  points.forEach((point, j) => {
    const values = at(point);
    rows.forEach((row, k) => (row[j] = values[k]!));
  });
  return rows;
}

const WORD = (1n << 64n) - 1n;
const STATE = 0x29d669e6f04817cbfdc3a1f972e5a774n;
const STEP = 0x5abc653cced8596c61276a6df9d9429dn;
const FACTOR = 0x2360ed051fc65da44385df649fccf645n;

/** numpy's generator PCG64 with the seed 2027: numbers from 0 to 1, the same ones as there. */
function drawing(): (low: number, high: number) => number {
  let state = STATE;
  return (low, high) => {
    state = (state * FACTOR + STEP) & ((1n << 128n) - 1n);
    const folded = ((state >> 64n) ^ state) & WORD;
    const turn = state >> 122n;
    const drawn = ((folded >> turn) | (folded << (64n - turn))) & WORD;
    return low + (high - low) * (Number(drawn >> 11n) / 2 ** 53);
  };
}

const known = new Map<string, Point[]>();

/** Points of several sizes: near 0, positive, farther out, and some large. */
export function candidates(n: number, count: number): Point[] {
  const key = `${n} ${count}`;
  let points = known.get(key);
  if (!points) known.set(key, (points = drawn(n, count)));
  return points;
}

function drawn(n: number, count: number): Point[] {
  const draw = drawing();
  const quarter = Math.floor(count / 4);
  const several = (m: number, low: number, high: number) =>
    Array.from({ length: m }, () => Array.from({ length: n }, () => draw(low, high)));
  const points = [...several(quarter, -1.5, 1.5), ...several(quarter, 0.1, 3), ...several(quarter, -8, 8)];
  const last = several(count - 3 * quarter, -1, 1);
  const size = 10 ** draw(-2, 3);
  return [...points, ...last.map((p) => p.map((x) => x * size))];
}

const DRAWN = 240;

/** At most `count` points where `domain` is finite, moderate values first. */
export function pointsWhereDefined(domain: Node, variables: readonly string[], count: number): Point[] {
  const points = candidates(variables.length, DRAWN);
  const [value] = evaluate([domain], variables, points);
  const size = (k: number) => (Math.abs(value![k]!) < 1e6 ? 0 : Math.abs(value![k]!));
  const defined = points.map((_, k) => k).filter((k) => Number.isFinite(value![k]!)).sort((a, b) => size(a) - size(b));
  // Every third point, so that all sizes of coordinates are met.
  const stride = Math.max(1, Math.floor(defined.length / count));
  return defined.filter((_, k) => k % stride === 0).slice(0, count).map((k) => points[k]!);
}

const MOST_EDGES = 8;
const PAIRS = 6;
const HALVINGS = 50;
const BESIDE = [1e-9, 1e-6, 1e-3];

/**
 * Points close to the borders on which choices and kinks of `roots` switch: random points alone
 * would miss a border that is only slightly misplaced.
 */
export function borderPoints(roots: readonly Node[], variables: readonly string[], points: readonly Point[]): Point[] {
  const found: Point[] = [];
  for (const edge of edges(roots).slice(0, MOST_EDGES)) {
    const at = pointEvaluator(record([edge], variables));
    const side = points.map((p) => at(p)[0]!);
    const low = points.filter((_, k) => side[k]! < 0).slice(0, PAIRS);
    const high = points.filter((_, k) => side[k]! > 0).slice(0, PAIRS);
    const pairs = low.slice(0, high.length).map((a, k) => between(at, a, high[k]!));
    for (const t of BESIDE) for (const { a, step } of pairs) found.push(a.map((x, i) => x - t * step[i]!));
    for (const t of BESIDE) for (const { b, step } of pairs) found.push(b.map((x, i) => x + t * step[i]!));
  }
  return found;
}

/** The border between `a`, where `at` is negative, and `b`, where it is positive. */
function between(at: ReturnType<typeof pointEvaluator>, a: Point, b: Point): { a: Point; b: Point; step: Point } {
  const step = b.map((x, i) => x - a[i]!);
  for (let k = 0; k < HALVINGS; k++) {
    const middle = a.map((x, i) => (x + b[i]!) / 2);
    if (at(middle)[0]! < 0) a = middle;
    else b = middle;
  }
  return { a, b, step };
}

/** Differences that are 0 on a border. */
function edges(roots: readonly Node[]): Node[] {
  const found = new Set<Node>();
  for (const n of topological(roots)) {
    if (["lt", "le", "min", "max"].includes(n.op)) found.add(build("sub", n.args[0]!, n.args[1]!));
    else if (["abs", "sign", "relu"].includes(n.op)) found.add(n.args[0]!);
  }
  return [...found].filter((e) => variablesOf([e]).length);
}
