/** The window onto the plane: equal scales on both axes. */

import { sample } from "../local/levels";
import { largest } from "../local/linear";
import type { Bounds, Plane } from "../local/plane";
import type { Local } from "../local/study";

/** The centre, and half of the shorter side, in the function's units. */
export interface View { readonly cx: number; readonly cy: number; readonly half: number }
export interface Size { readonly width: number; readonly height: number }

export const pixelOf = (view: View, { width, height }: Size): number =>
  (2 * view.half) / Math.min(width, height);

export function boundsOf(view: View, size: Size): Bounds {
  const unit = pixelOf(view, size);
  const [w, h] = [(unit * size.width) / 2, (unit * size.height) / 2];
  return { x0: view.cx - w, x1: view.cx + w, y0: view.cy - h, y1: view.cy + h };
}

/** The view after zooming by `factor` (< 1 comes closer) with (x, y) staying where it is. */
export function zoomed(view: View, factor: number, x = view.cx, y = view.cy): View {
  const half = Math.min(1e12, Math.max(1e-9 * (1e-3 + Math.abs(x) + Math.abs(y)), view.half * factor));
  const ratio = half / view.half;
  return { cx: x + (view.cx - x) * ratio, cy: y + (view.cy - y) * ratio, half };
}

const TOO_FINE = 20; // how much finer than the usual window a function's own scale may be

/**
 * The window to open with, the twin of steepest/view/window.py. Usually it is centred at the
 * origin; where f changes on a much finer scale it shows that scale around the point. Near a
 * critical point ‖∇f‖/‖H‖ is small although nothing fine is there, and then the curvature
 * explains what f does in the usual window.
 */
export function suggestView({ point, value, gradient, hessian }: Local, plane: Plane): View {
  const { dim } = plane.f;
  const shown = dim === 1 ? [0] : plane.axes;
  const at = shown.map((k) => point[k]!);
  const far = largest(at);
  // One variable leaves room across: show more of it.
  const home = roundUp(dim === 1 ? 2.5 * Math.max(far, 1.6) : 1.7 * Math.max(far, 1.2));
  const bend = largest(shown.flatMap((i) => shown.map((j) => hessian[i]![j]!)));
  const scale = largest(shown.map((k) => gradient[k]!)) / bend;
  if (Number.isFinite(scale) && scale > 0 && home > TOO_FINE * scale) {
    const half = roundUp(3 * scale);
    const seen = spread(plane, home);
    const fine = 0.5 * bend * home ** 2 > 30 * seen;
    const explodes = !(seen < 1e6 * (1 + Math.abs(value)));
    if ((fine || explodes) && half > 1e-13 * far) return { cx: at[0]!, cy: at[1] ?? 0, half };
  }
  return { cx: 0, cy: 0, half: home };
}

const GRID = 33;

/** How far the values of f lie apart in a window around the origin, spikes left out. */
function spread(plane: Plane, half: number): number {
  const side = Float64Array.from({ length: GRID }, (_, k) => -half + (2 * half * k) / (GRID - 1));
  const box = { x0: -half, x1: half, y0: -half, y1: half };
  const values = plane.f.dim === 1 ? plane.f.values([side]) : sample(plane, box, GRID, GRID).values;
  const known = values.filter(Number.isFinite).sort();
  const at = (q: number) => known[Math.round(q * (known.length - 1))] ?? NaN;
  return at(0.95) - at(0.05);
}

const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12];

/** The next round number: 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten. */
function roundUp(length: number): number {
  if (!Number.isFinite(length) || length <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(length));
  return power * ROUND.find((r) => r * power >= length * (1 - 1e-9))!;
}

/** Round numbers that divide [lo, hi] into about `count` parts. */
export function ticks(lo: number, hi: number, count: number): number[] {
  const rough = (hi - lo) / Math.max(1, count);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999)!;
  const first = Math.ceil(lo / step - 1e-9);
  const found: number[] = [];
  for (let k = first; k * step <= hi + 1e-9 * step && found.length < 40; k++) found.push(k * step);
  return found;
}

/** Ticks are all written with the same number of decimals. */
export function tickLabels(values: readonly number[]): string[] {
  const step = values.length > 1 ? values[1]! - values[0]! : 1;
  const largest = Math.max(...values.map(Math.abs), 0);
  if (largest >= 1e5 || (step < 1e-3 && largest < 1)) {
    return values.map((v) => (Math.abs(v) < 1e-9 * step ? "0" : v.toExponential(Math.min(6, Math.max(0, Math.ceil(Math.log10(largest / step)))))
      .replace(/\.?0*e\+?/, "e").replace(/-/g, "−")));
  }
  const decimals = Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return values.map((v) => (Math.abs(v) < 1e-9 * step ? 0 : v).toFixed(decimals).replace("-", "−"));
}
