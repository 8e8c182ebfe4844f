/** The little linear algebra of a page: symmetric eigenvalues, products, solving. */

export type Vector = readonly number[];
export type Matrix = readonly Vector[];

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** ‖v‖₂ without overflow. */
export function length(v: ArrayLike<number>): number {
  const square = dot(v, v);
  return square > 1e-280 && square < 1e280 ? Math.sqrt(square) : Math.hypot(...Array.from(v));
}

export function isFinite(v: ArrayLike<number>): boolean {
  for (let i = 0; i < v.length; i++) if (!Number.isFinite(v[i])) return false;
  return true;
}

/** The largest |vᵢ|; 0 of none. */
export function largest(v: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < v.length; i++) most = Math.max(most, Math.abs(v[i]!));
  return most;
}

export const apply = (m: Matrix, v: ArrayLike<number>): number[] => m.map((row) => dot(row, v));

/** Eigenvalues of a symmetric matrix, rising, with their unit eigenvectors (Jacobi's method). */
export function eigen(symmetric: Matrix): { values: number[]; vectors: number[][] } {
  const n = symmetric.length;
  const a = symmetric.map((row) => [...row]);
  const v = a.map((_, i) => a.map((__, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let all = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        all += a[i]![j]! ** 2;
        if (i !== j) off += a[i]![j]! ** 2;
      }
    }
    if (!(off > 1e-34 * all)) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
  }
  const order = a.map((_, i) => i).sort((i, j) => a[i]![i]! - a[j]![j]!);
  return {
    values: order.map((i) => a[i]![i]!),
    vectors: order.map((i) => v.map((row) => row[i]!)),
  };
}

/** One Jacobi rotation, which makes a[p][q] zero. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const apq = a[p]![q]!;
  if (apq === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (const row of a) {
    const [x, y] = [row[p]!, row[q]!];
    [row[p], row[q]] = [c * x - s * y, s * x + c * y];
  }
  const [rp, rq] = [a[p]!, a[q]!];
  for (let k = 0; k < rp.length; k++) {
    const [x, y] = [rp[k]!, rq[k]!];
    [rp[k], rq[k]] = [c * x - s * y, s * x + c * y];
  }
  a[p]![q] = a[q]![p] = 0;
  for (const row of v) {
    const [x, y] = [row[p]!, row[q]!];
    [row[p], row[q]] = [c * x - s * y, s * x + c * y];
  }
}

/** The symmetric matrix with the same eigenvectors and eigenvalues g(λ). */
export function spectral(symmetric: Matrix, g: (eigenvalue: number) => number): number[][] {
  const { values, vectors } = eigen(symmetric);
  return symmetric.map((_, i) =>
    symmetric.map((__, j) =>
      values.reduce((sum, value, k) => sum + g(value) * vectors[k]![i]! * vectors[k]![j]!, 0),
    ),
  );
}
