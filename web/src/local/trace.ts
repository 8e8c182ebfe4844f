/** The level curve through a point, followed exactly. */

import { planeSlope } from "./plane";
import type { Bounds, Curve, Plane } from "./plane";
import { work } from "../work";

const MOST_POINTS = 4000;
const SHARPEST = 0.12; // radians that one piece may turn
const PRECISION = 1e-12;

/**
 * The level curve through (x, y), followed both ways with a predictor and Newton's corrector.
 * `pixel` is the size of a pixel: pieces are at most a few pixels long and shorter in bends.
 */
export function trace(plane: Plane, x: number, y: number, bounds: Bounds, pixel: number): Curve {
  work.traces++;
  const slope = planeSlope(plane);
  const here = new Float64Array(3);
  slope(x, y, here);
  const level = here[0]!;
  const steep = Math.hypot(here[1]!, here[2]!);
  if (!Number.isFinite(level) || !(steep > 0) || !Number.isFinite(steep)) return [];
  const forward = follow(slope, x, y, level, 1, bounds, pixel);
  if (forward.closed) return [x, y, ...forward.curve, x, y];
  const backward = follow(slope, x, y, level, -1, bounds, pixel).curve;
  const curve: Curve = [];
  for (let k = backward.length - 2; k >= 0; k -= 2) curve.push(backward[k]!, backward[k + 1]!);
  return [...curve, x, y, ...forward.curve];
}

function follow(
  slope: ReturnType<typeof planeSlope>, x0: number, y0: number, level: number, side: 1 | -1,
  bounds: Bounds, pixel: number,
): { curve: Curve; closed: boolean } {
  const g = new Float64Array(3);
  const curve: Curve = [];
  let [x, y] = [x0, y0];
  slope(x, y, g);
  const along = () => {
    const size = Math.hypot(g[1]!, g[2]!);
    return [(-side * g[2]!) / size, (side * g[1]!) / size] as const;
  };
  let [tx, ty] = along();
  const [longest, shortest] = [8 * pixel, 0.02 * pixel];
  const margin = 20 * pixel;
  let step = 2 * pixel;
  let away = false;
  while (curve.length < 2 * MOST_POINTS) {
    const corrected = correct(slope, x + step * tx, y + step * ty, level, g, step);
    const turned = corrected ? along() : null;
    const turn = turned ? Math.abs(Math.atan2(tx * turned[1] - ty * turned[0], tx * turned[0] + ty * turned[1])) : 9;
    if (!corrected || (turn > SHARPEST && step > shortest)) {
      step *= 0.5;
      // A corner, a saddle or the edge of the domain: the curve ends here.
      if (step < shortest) return { curve, closed: false };
      continue;
    }
    const [px, py] = [x, y];
    [x, y] = corrected;
    [tx, ty] = turned!;
    curve.push(x, y);
    const distance = Math.hypot(x - x0, y - y0);
    if (distance > 2.5 * step) away = true;
    if (away && passes(px, py, x, y, x0, y0, step)) {
      curve.splice(-2);
      return { curve, closed: true };
    }
    const { x0: left, x1: right, y0: low, y1: high } = bounds;
    if (x < left - margin || x > right + margin || y < low - margin || y > high + margin) break;
    if (turn < 0.4 * SHARPEST) step = Math.min(longest, 1.6 * step);
  }
  return { curve, closed: false };
}

/** Newton's steps along the gradient back to the level; null if that leads nowhere. */
function correct(
  slope: ReturnType<typeof planeSlope>, x: number, y: number, level: number, g: Float64Array,
  reach: number,
): [number, number] | null {
  const [fromX, fromY] = [x, y];
  let best = Infinity;
  let [bestX, bestY] = [x, y];
  for (let k = 0; k < 8; k++) {
    slope(x, y, g);
    const off = g[0]! - level;
    const square = g[1]! ** 2 + g[2]! ** 2;
    if (!Number.isFinite(off) || !(square > 0) || !Number.isFinite(square)) return null;
    if (Math.abs(off) < best) [best, bestX, bestY] = [Math.abs(off), x, y];
    else break;
    if (off === 0) break;
    x -= (off * g[1]!) / square;
    y -= (off * g[2]!) / square;
    if (Math.hypot(x - fromX, y - fromY) > 0.5 * reach) return null;
  }
  slope(bestX, bestY, g);
  const scale = Math.max(Math.abs(level), Math.hypot(g[1]!, g[2]!) * Math.hypot(bestX, bestY), 1e-300);
  return best <= PRECISION * scale ? [bestX, bestY] : null;
}

/** Whether the piece from (px, py) to (x, y) passes by the start. */
function passes(px: number, py: number, x: number, y: number, x0: number, y0: number, step: number): boolean {
  const [dx, dy] = [x - px, y - py];
  const square = dx * dx + dy * dy;
  const t = ((x0 - px) * dx + (y0 - py) * dy) / square;
  return t >= 0 && t <= 1.0001 && Math.hypot(px + t * dx - x0, py + t * dy - y0) < 0.3 * step;
}
