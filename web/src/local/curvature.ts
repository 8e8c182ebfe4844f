/** The largest curvature a descent met on its way, which decides the step size it allows. */

import { eigen, spectral } from "./linear";
import type { Matrix } from "./linear";
import type { Norm } from "./norms";
import type { Study } from "./study";

const MOST_POINTS = 200;
const MOST_VARIABLES = 32;

/**
 * λmax along the way, in the norm the steps are measured in; null in ℓ∞, where it is hard.
 *
 * Only the points up to the first rise of f count: past it a diverging run flies through places
 * that did not cause the divergence. If their curvature does not explain the rise, the point
 * after it counts too.
 */
export function largestCurvature(
  f: Study, points: number[][], values: number[], norm: Norm, stepSize: number,
): number | null {
  if (f.dim > MOST_VARIABLES || norm.name === "linf") return null;
  const rise = values.findIndex((v, k) => k > 0 && v > values[k - 1]!) - 1;
  const last = rise >= 0 ? rise : points.length - 1;
  let found = largest(f, points.slice(0, last + 1), norm);
  if (rise >= 0 && found !== null && found * stepSize <= 2) {
    const beyond = largest(f, points.slice(last, last + 2), norm);
    if (beyond !== null) found = Math.max(found, beyond);
  }
  return found;
}

function largest(f: Study, met: number[][], norm: Norm): number | null {
  const many = Math.min(met.length, MOST_POINTS);
  let most: number | null = null;
  const root = norm.matrix ? spectral(norm.matrix, (value) => 1 / Math.sqrt(value)) : null;
  const places = Int32Array.from({ length: many }, (_, k) =>
    many === 1 ? 0 : Math.floor((k * (met.length - 1)) / (many - 1)),
  );
  const columns = met[0]!.map((_, i) => Float64Array.from(places, (k) => met[k]![i]!));
  const out = f.all(columns);
  const second = out.slice(1 + f.dim);
  const plain = norm.name === "l2" && f.dim === 2;
  for (let k = 0; k < many; k++) {
    if (Number.isNaN(out[0]![k]) || !second.every((entry) => Number.isFinite(entry[k]))) continue;
    const own = plain
      ? largerEigenvalue(second[0]![k]!, second[1]![k]!, second[2]![k]!)
      : curvature(square(f.dim, second, k), norm, root);
    most = Math.max(most ?? -Infinity, own);
  }
  return most;
}

/** The larger eigenvalue of [[a, b], [b, c]]. */
const largerEigenvalue = (a: number, b: number, c: number): number =>
  0.5 * (a + c + Math.hypot(a - c, 2 * b));

/** The whole matrix of the upper triangle's k-th entries. */
function square(n: number, upper: readonly Float64Array[], k: number): number[][] {
  const rows = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  let entry = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) rows[i]![j] = rows[j]![i] = upper[entry++]![k]!;
  }
  return rows;
}

function curvature(hessian: Matrix, norm: Norm, root: Matrix | null): number {
  if (norm.name === "l1") return Math.max(...hessian.map((row, i) => row[i]!));
  // The eigenvalues of P⁻¹H are those of P^(-1/2) H P^(-1/2).
  return eigen(root ? product(product(root, hessian), root) : hessian).values.at(-1)!;
}

const product = (a: Matrix, b: Matrix): number[][] =>
  a.map((row) => b.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
