/** What lies where the gradient (almost) vanishes. */

import { eigen } from "./linear";
import type { Study } from "./study";

export type Kind = "minimum" | "maximum" | "saddle" | "undecided";

const FLAT = 1e-8; // an eigenvalue this small against the largest says nothing about its sign

/** The kind of critical point a Hessian proves, if it does. */
export function kindOf(hessian: readonly (readonly number[])[]): Kind {
  if (!hessian.every((row) => row.every(Number.isFinite))) return "undecided";
  const { values } = eigen(hessian);
  const scale = Math.max(...values.map(Math.abs));
  if (!scale || values.some((v) => Math.abs(v) <= FLAT * scale)) return "undecided";
  return values[0]! > 0 ? "minimum" : values.at(-1)! < 0 ? "maximum" : "saddle";
}

/** The end of a descent in words, whether it is a minimum, and whether the Hessian leaves that open. */
export function kindOfEnd(
  f: Study, point: number[], gradient: number[],
): { words: string; minimum: boolean; flat: boolean } {
  const { hessian } = f.at(point);
  if (!hessian.every((row) => row.every(Number.isFinite))) {
    return { words: "a point where the curvature is not finite", minimum: false, flat: false };
  }
  const { values, vectors } = eigen(hessian);
  const scale = Math.max(...values.map(Math.abs));
  if (scale && values[0]! < -FLAT * scale) {
    return { words: values.at(-1)! < 0 ? "a maximum" : "a saddle", minimum: false, flat: false };
  }
  const newton = point.map(() => 0);
  if (scale && values[0]! > FLAT * scale) {
    values.forEach((value, k) => {
      const along = vectors[k]!.reduce((sum, v, i) => sum + v * gradient[i]!, 0) / value;
      vectors[k]!.forEach((v, i) => (newton[i]! -= along * v));
    });
    const ahead = f.at(point.map((x, i) => x + 2 * newton[i]!)).hessian;
    const sure = ahead.every((row) => row.every(Number.isFinite)) && eigen(ahead).values[0]! > 0;
    if (sure) return { words: "a minimum", minimum: true, flat: false };
  }
  const flat = vectors.filter((_, k) => values[k]! <= Math.max(FLAT * scale, values[0]!));
  return fallsAlong(f, point, flat, Math.hypot(...newton))
    ? { words: "a flat point from which f falls further", minimum: false, flat: true }
    : { words: "a flat minimum (the Hessian is singular there; nothing lower was found nearby)", minimum: true, flat: true };
}

/** Whether f is lower a little way along one of the directions, either way. */
function fallsAlong(f: Study, point: number[], directions: number[][], own: number): boolean {
  const smallest = own > 0 ? own : 1e-6 * (1 + Math.hypot(...point));
  const reach = own > 0 ? 100 : 1e4;
  const here = f.value(point);
  const noise = 16 * Number.EPSILON * Math.abs(here);
  for (let k = 0; k < 9; k++) {
    const radius = smallest * reach ** (k / 8);
    for (const direction of directions) {
      for (const side of [radius, -radius]) {
        if (f.value(point.map((x, i) => x + side * direction[i]!)) < here - noise) return true;
      }
    }
  }
  return false;
}
