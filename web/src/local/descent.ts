/** One descent: every point it visits, how it ends, and why; the twin of steepest/descent. */

import { largestCurvature } from "./curvature";
import { kindOfEnd } from "./ends";
import { isFinite, largest, length } from "./linear";
import { L2 } from "./norms";
import type { Norm } from "./norms";
import type { Here, Rule, Walker } from "./rules";
import type { Study } from "./study";
import { count, point as shown, short } from "../words";
import { work } from "../work";

export type Outcome =
  | "converged" | "not_a_minimum" | "diverged" | "oscillating" | "left_domain" | "step_limit"
  | "not_finite_at_start" | "given";

export interface Trajectory {
  readonly rule: Rule;
  readonly stepSize: number;
  readonly points: number[][];
  readonly values: number[];
  readonly gradients: number[][];
  readonly outcome: Outcome;
  readonly message: string;
  readonly lambdaMax: number | null;
  readonly stableStep: number | null;
}

export const MAX_STEPS = 1000;
const TOLERANCE = 1e-8;
const FAR = 1e8;
const TRIALS_PER_STEP = 50;
const FEW = 8; // steps below which nobody can tell an oscillation

export type Ending =
  | "critical" | "diverged" | "undefined" | "step_limit" | "not_finite_at_start" | "stuck";

interface Walk {
  readonly points: number[][];
  readonly values: number[];
  readonly gradients: number[][];
  readonly refused: number[] | null;
  readonly ending: Ending;
}

export function descend(
  f: Study, start: readonly number[], rule: Rule, stepSize: number, norm: Norm = L2,
  maxSteps = MAX_STEPS,
): Trajectory {
  work.descents++;
  const walked = walk(f, start, rule, stepSize, norm, maxSteps);
  const { points, values, gradients, ending } = walked;
  const lambdaMax =
    ending === "not_finite_at_start"
      ? null
      : largestCurvature(f, points, values, norm, rule.stepSize === null ? 0 : stepSize);
  const stableStep = lambdaMax !== null && lambdaMax > 0 ? rule.stable(lambdaMax) : null;
  const [outcome, message] = judge(f, rule, stepSize, walked, lambdaMax, stableStep);
  return { rule, stepSize, points, values, gradients, outcome, message, lambdaMax, stableStep };
}

/** A descent walked elsewhere, of which only the points are known. */
export function retold(f: Study, points: number[][], rule: Rule): Trajectory {
  const out = new Float64Array(1 + f.dim);
  const values: number[] = [];
  const gradients: number[][] = [];
  for (const point of points) {
    f.slope(point, out);
    values.push(out[0]!);
    gradients.push(Array.from(out.subarray(1)));
  }
  const steps = points.length - 1;
  const message = `${count(steps, "step")} walked elsewhere, to f = ${short(values.at(-1)!)} at ${shown(points.at(-1)!)}. Move the point, and this page walks again.`;
  return { rule, stepSize: NaN, points, values, gradients, outcome: "given", message, lambdaMax: null, stableStep: null };
}

function walk(
  f: Study, start: readonly number[], rule: Rule, stepSize: number, norm: Norm, maxSteps: number,
): Walk {
  const [points, values, gradients]: [number[][], number[], number[][]] = [[], [], []];
  const { ending, refused } = follow(f, start, rule.start(stepSize, norm, f.dim), maxSteps, (x, here) => {
    points.push(x);
    values.push(here.value);
    gradients.push(here.gradient);
  });
  return { points, values, gradients, ending, refused };
}

/** Where a descent ends, and how. */
export interface End {
  readonly x: number[];
  readonly here: Here;
  readonly ending: Ending;
  /** The point that the last step would have led to, where it was not taken. */
  readonly refused: number[] | null;
  readonly steps: number;
}

/** The descent itself; `visit` is told every point, the start included. */
export function follow(
  f: Study, start: readonly number[], walker: Walker, maxSteps: number,
  visit: (x: number[], here: Here) => void,
): End {
  const out = new Float64Array(1 + f.dim);
  const look = (point: readonly number[]): Here => {
    f.slope(point, out);
    const gradient = new Array<number>(f.dim);
    for (let i = 0; i < f.dim; i++) gradient[i] = out[1 + i]!;
    return { value: out[0]!, gradient };
  };
  let x = [...start];
  let here = look(x);
  let steps = 0;
  visit(x, here);
  const reach = FAR * (1 + largest(x));
  const end = (ending: Ending, refused: number[] | null = null): End => ({ x, here, ending, refused, steps });
  if (!Number.isFinite(here.value) || !isFinite(here.gradient) || !isFinite(x)) {
    return end("not_finite_at_start");
  }
  for (let trials = TRIALS_PER_STEP * maxSteps; ; trials--) {
    if (length(here.gradient) <= TOLERANCE) return end("critical");
    if (steps >= maxSteps || trials <= 0) return end("step_limit");
    const step = walker.propose(here);
    const y = new Array<number>(f.dim);
    let stays = true;
    for (let i = 0; i < f.dim; i++) {
      y[i] = x[i]! + step[i]!;
      if (y[i] !== x[i]) stays = false;
    }
    const there = look(y);
    if (stays) return end("stuck");
    if (walker.accept && !walker.accept(here, step, there)) continue;
    const landed = isFinite(y);
    if (landed && (Number.isNaN(there.value) || there.gradient.some(Number.isNaN))) {
      return end("undefined", y);
    }
    if (!landed) return end("diverged", y);
    [x, here] = [y, there];
    steps++;
    visit(x, here);
    const infinite = !Number.isFinite(here.value) || !isFinite(here.gradient);
    if (infinite || largest(x) > reach) return end("diverged");
  }
}

function judge(
  f: Study, rule: Rule, stepSize: number, walked: Walk, lambdaMax: number | null,
  limit: number | null,
): [Outcome, string] {
  const { points, values, gradients, ending, refused } = walked;
  const steps = points.length - 1;
  const after = `after ${steps} step${steps === 1 ? "" : "s"}`;
  const [x, value, gradient] = [points.at(-1)!, values.at(-1)!, gradients.at(-1)!];
  const where = `f\u00a0=\u00a0${short(value)} at ${shown(x)}`;
  const broken =
    limit !== null && rule.limitText && stepSize > limit
      ? ` The step size ${short(stepSize)} is larger than ${rule.limitText} = ${short(limit)}.`
      : "";
  switch (ending) {
    case "not_finite_at_start":
      return ["not_finite_at_start", `No step was taken: at ${shown(points[0]!)} f or its gradient is not finite.`];
    case "diverged":
      if (broken) return ["diverged", `Diverged ${after}.${broken}`];
      if (value < values[0]!) {
        return ["diverged", `Diverged ${after}: f falls without bound along the way, to ${short(value)}.`];
      }
      return ["diverged", `Diverged ${after}: the steps grew without end, from f = ${short(values[0]!)}.` +
        (lambdaMax === null ? "" : ` The curvature met before that was at most λmax = ${short(lambdaMax)}.`)];
    case "undefined":
      return ["left_domain", `Left the domain ${after}: the next step leads to ${shown(refused!)}, where f or its gradient is undefined. The last point inside: ${where}.`];
  }
  const rounding = ending !== "critical" && atRounding(f, x, value, gradient);
  if (ending === "critical" || rounding) {
    const kind = kindOfEnd(f, x, gradient);
    const tail = rounding ? ", as far as rounding allows" : "";
    return kind.minimum
      ? ["converged", `Converged to ${kind.words} ${after}${tail}: ${where}.`]
      : ["not_a_minimum", `Stopped at ${kind.words} ${after}${tail}: ${where}.`];
  }
  const size = short(length(gradient));
  if (ending === "stuck") {
    return ["step_limit", `The step became too small to move the point ${after}: ${where}, ‖∇f‖ = ${size}.`];
  }
  if (steps >= FEW && oscillates(points, values)) {
    const best = Math.min(...values.slice(0, Math.floor(values.length / 2) + 1));
    return ["oscillating", `Oscillating: in the second half of ${steps} steps f did not fall below ${short(best)}, met in the first half.${broken}`];
  }
  return ["step_limit", `Reached the limit of ${count(steps, "step")}: ${where}, ‖∇f‖ = ${size}.`];
}

/** Whether the second half of the run moved on without getting any lower. */
function oscillates(points: number[][], values: number[]): boolean {
  const half = Math.floor(values.length / 2);
  const moving = points.at(-1)!.some((x, i) => x !== points.at(-2)![i]);
  return moving && Math.min(...values.slice(half + 1)) >= Math.min(...values.slice(0, half + 1));
}

/** Whether what Newton's step would gain is lost in the rounding of f, or the step in that of x. */
export function atRounding(f: Study, x: number[], value: number, gradient: number[]): boolean {
  const step = newtonStep(f.at(x).hessian, gradient);
  if (!step) return false;
  const gain = 0.5 * Math.abs(step.reduce((sum, s, i) => sum + s * gradient[i]!, 0));
  const small = 8 * Number.EPSILON;
  return gain <= small * Math.abs(value) || step.every((s, i) => Math.abs(s) <= small * Math.abs(x[i]!));
}

/** H⁻¹g by elimination with pivots; null if H is singular or not finite. */
export function newtonStep(hessian: readonly (readonly number[])[], gradient: readonly number[]): number[] | null {
  const n = gradient.length;
  const rows = hessian.map((row, i) => [...row, gradient[i]!]);
  if (!rows.every(isFinite)) return null;
  const scale = Math.max(...rows.flatMap((row) => row.slice(0, n).map(Math.abs)));
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    if (!(Math.abs(rows[k]![k]!) > 1e-14 * scale)) return null;
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = rows[i]![k]! / rows[k]![k]!;
      for (let j = k; j <= n; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  return rows.map((row, k) => row[n]! / row[k]!);
}
