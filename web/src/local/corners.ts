/** Corners of a level that a grid cuts off: pieces are halved where their chord leaves the level. */

import type { Curve, Plane } from "./plane";
import { sharpen } from "./sharpen";

const HALVINGS = 6;
const REACH = 0.6; // how far from a piece the level is looked for, against the piece's length

/** One piece of a curve whose chord is too far from the level: where it is looked for instead. */
interface Off { readonly curve: number; readonly piece: number; readonly edge: readonly number[] }

/**
 * The curves with more places wherever a chord is further than `near` from {f = level}. At a kink
 * of f a curve has a corner, and each halving brings it twice as near.
 */
export function withCorners(plane: Plane, level: number, curves: Curve[], near: number): Curve[] {
  let shown = curves;
  let open = curves.map((curve) => new Array<boolean>(curve.length / 2 - 1).fill(true));
  for (let round = 0; round < HALVINGS; round++) {
    const off = offChords(plane, level, shown, open, near);
    if (!off.length) break;
    const places = sharpen(plane, level, [0, 1, 2, 3, 4, 5].map((n) => off.map(({ edge }) => edge[n]!)));
    const added = shown.map(() => new Map<number, [number, number]>());
    off.forEach(({ curve, piece }, n) => {
      if (places.usable[n]) added[curve]!.set(piece, [places.x[n]!, places.y[n]!]);
    });
    const next = shown.map((curve, c) => insert(curve, added[c]!));
    shown = next.map(([curve]) => curve);
    open = next.map(([, halves]) => halves);
  }
  return shown;
}

function offChords(plane: Plane, level: number, curves: Curve[], open: boolean[][], near: number): Off[] {
  // Three places a piece: the middle of its chord, and one on each side.
  const at: { curve: number; piece: number; reach: number }[] = [];
  const [xs, ys]: [number[], number[]] = [[], []];
  curves.forEach((p, curve) => {
    for (let piece = 0; piece < open[curve]!.length; piece++) {
      if (!open[curve]![piece]) continue;
      const k = 2 * piece;
      const [dx, dy] = [REACH * (p[k + 2]! - p[k]!), REACH * (p[k + 3]! - p[k + 1]!)];
      const reach = Math.hypot(dx, dy);
      if (reach <= near) continue;
      const [x, y] = [(p[k]! + p[k + 2]!) / 2, (p[k + 1]! + p[k + 3]!) / 2];
      at.push({ curve, piece, reach });
      xs.push(x, x - dy, x + dy);
      ys.push(y, y + dx, y - dx);
    }
  });
  if (!at.length) return [];
  const columns = plane.through.map((fixed) => new Float64Array(xs.length).fill(fixed));
  columns[plane.axes[0]] = Float64Array.from(xs);
  columns[plane.axes[1]] = Float64Array.from(ys);
  const values = plane.f.values(columns);
  return at.flatMap(({ curve, piece, reach }, n) => {
    const middle = values[3 * n]! - level;
    const side = [3 * n + 1, 3 * n + 2].find((k) => (values[k]! - level) * middle < 0);
    if (side === undefined) return [];
    const beyond = values[side]! - level;
    if (!((reach * middle) / (middle - beyond) > near)) return [];
    return [{ curve, piece, edge: [xs[3 * n]!, ys[3 * n]!, xs[side]!, ys[side]!, middle, beyond] }];
  });
}

/** The curve with its new places, and which of its pieces are new. */
function insert(curve: Curve, added: Map<number, [number, number]>): [Curve, boolean[]] {
  const [longer, halves]: [Curve, boolean[]] = [curve.slice(0, 2), []];
  for (let k = 2; k < curve.length; k += 2) {
    const between = added.get(k / 2 - 1);
    if (between) longer.push(...between);
    longer.push(curve[k]!, curve[k + 1]!);
    halves.push(...(between ? [true, true] : [false]));
  }
  return [longer, halves];
}
