/** Norms, their duals and the steepest direction in each: the twin of steepest/norms.py. */

import { apply, dot, length, spectral } from "./linear";
import type { Matrix } from "./linear";

export type NormName = "l2" | "l1" | "linf" | "quadratic";

export interface Norm {
  readonly name: NormName;
  size(v: readonly number[]): number;
  dual(g: readonly number[]): number;
  /** u with size(u) = 1 and ⟨g, u⟩ = dual(g). */
  steepest(g: readonly number[]): number[];
  /** A sentence if other directions are as steep, else "". */
  ties(g: readonly number[]): string;
  /** P of a quadratic norm. */
  readonly matrix?: Matrix;
}

const total = (v: readonly number[]) => v.reduce((sum, x) => sum + Math.abs(x), 0);
const largest = (v: readonly number[]) => Math.max(...v.map(Math.abs));

export const L2: Norm = {
  name: "l2",
  size: length,
  dual: length,
  steepest: (g) => g.map((x) => x / length(g)),
  ties: () => "",
};

export const L1: Norm = {
  name: "l1",
  size: total,
  dual: largest,
  steepest(g) {
    const k = g.findIndex((x) => Math.abs(x) === largest(g));
    return g.map((x, i) => (i === k ? Math.sign(x) : 0));
  },
  ties(g) {
    const shared = g.filter((x) => Math.abs(x) === largest(g)).length;
    return shared > 1 ? "A whole edge of the ball touches: every mixture of its ends is as steep." : "";
  },
};

export const LInf: Norm = {
  name: "linf",
  size: largest,
  dual: total,
  steepest: (g) => g.map(Math.sign),
  ties: (g) =>
    g.includes(0) ? "A whole edge of the ball touches: one coordinate may move freely." : "",
};

/** ‖v‖ = √(vᵀPv). */
export function quadratic(p: Matrix): Norm {
  const inverse = spectral(p, (value) => 1 / value);
  const size = (v: readonly number[]) => Math.sqrt(dot(v, apply(p, v)));
  const dual = (g: readonly number[]) => Math.sqrt(dot(g, apply(inverse, g)));
  return {
    name: "quadratic", matrix: p, size, dual,
    steepest: (g) => apply(inverse, g).map((x) => x / dual(g)),
    ties: () => "",
  };
}

/**
 * The quadratic norm that a place suggests: P is the Hessian if that is positive definite, else
 * the Hessian with its eigenvalues made positive; null where there is no Hessian.
 */
export function ownQuadratic(hessian: Matrix): { norm: Norm; newton: boolean } | null {
  if (!hessian.every((row) => row.every(Number.isFinite))) return null;
  let [least, most] = [Infinity, 0];
  spectral(hessian, (value) => {
    least = Math.min(least, value);
    most = Math.max(most, Math.abs(value));
    return value;
  });
  if (!most) return null;
  if (least > 1e-9 * most) return { norm: quadratic(hessian), newton: true };
  const positive = spectral(hessian, (value) => Math.max(Math.abs(value), 1e-2 * most));
  return { norm: quadratic(positive), newton: false };
}

/** ‖g‖*·steepest(g): the gradient as a step. In L2 this is g itself. */
export const sharp = (norm: Norm, g: readonly number[]): number[] => {
  if (norm.name === "l2") return [...g];
  const rate = norm.dual(g);
  return norm.steepest(g).map((u) => rate * u);
};

/** The unit ball's outline in the plane, anticlockwise. */
export function ball(norm: Norm): [number, number][] {
  if (norm.name === "l1") return [[1, 0], [0, 1], [-1, 0], [0, -1]];
  if (norm.name === "linf") return [[1, -1], [1, 1], [-1, 1], [-1, -1]];
  return Array.from({ length: 120 }, (_, k) => {
    const u: [number, number] = [Math.cos((k * Math.PI) / 60), Math.sin((k * Math.PI) / 60)];
    const size = norm.size(u);
    return [u[0] / size, u[1] / size];
  });
}
