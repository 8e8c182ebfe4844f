/** What the map, the surface in space and the point ask of a function: a formula's or a grid's. */

/** f near one point. Derivatives are NaN where f itself is undefined, or has none that are known. */
export interface Local {
  readonly point: number[];
  readonly value: number;
  readonly gradient: number[];
  readonly hessian: number[][];
}

export interface ScalarFunction {
  readonly text: string;
  readonly variables: readonly string[];
  readonly dim: number;
  /** f(x, y), in LaTeX. */
  readonly signature: string;
  /** f over columns of coordinates. */
  values(columns: readonly Float64Array[]): Float64Array;
  /** f, the gradient's components and the Hessian's upper triangle over columns. */
  all(columns: readonly Float64Array[]): Float64Array[];
  value(point: ArrayLike<number>): number;
  /** Fills `into` with f, ∂f/∂x₁, …; into[0] is f. */
  slope(point: ArrayLike<number>, into: Float64Array): void;
  at(point: readonly number[]): Local;
  /** A sentence if f has a kink at the point, else "". */
  kink(local: Local): string;
}
