/** The landscape as a surface in space, drawn back to front: no library, no depth buffer. */

import { bandColours, css, mix } from "./landscape";
import type { Palette, Rgb } from "./landscape";
import type { Samples } from "../local/levels";
import type { Bounds } from "../local/plane";

export interface Pose {
  /** Radians around the vertical axis, and above the horizon. */
  readonly turn: number;
  readonly tilt: number;
}

export interface Lift {
  /** Curves on the map, as x0, y0, x1, y1 …, to be lifted onto the surface. */
  readonly curves: readonly { curve: readonly number[]; colour: string; width: number; dash?: readonly number[] }[];
  readonly point: readonly [number, number];
  /** A place marked by a ring: the step of a run that is looked at. */
  readonly ring?: { readonly at: readonly [number, number]; readonly colour: string } | undefined;
}

const HEIGHT = 0.62; // of the map's side
const LIGHT = [-0.45, 0.35, 0.82] as const;

/** A height as it is drawn: cut to the bands, and as far up as its band is. */
export function relief(levels: readonly number[]): (value: number) => number {
  const last = levels.length - 1;
  if (last < 1) return () => 0.2;
  return (value) => {
    if (!(value > levels[0]!)) return value <= levels[0]! ? 0 : NaN;
    if (value >= levels[last]!) return 1;
    let k = 0;
    while (value >= levels[k + 1]!) k++;
    return (k + (value - levels[k]!) / (levels[k + 1]! - levels[k]!)) / last;
  };
}

/** The lines between bands inside one cell. */
function bandLines(
  context: CanvasRenderingContext2D, corners: readonly number[], h: Float64Array,
  px: Float64Array, py: Float64Array, count: number, colour: string,
): void {
  const at = corners.map((k) => h[k]! * count);
  const [low, high] = [Math.min(...at), Math.max(...at)];
  for (let band = Math.floor(low) + 1; band <= high && band < count; band++) {
    const ends: [number, number][] = [];
    for (let e = 0; e < 4; e++) {
      const [p, q] = [at[e]!, at[(e + 1) % 4]!];
      if (p < band === q < band) continue;
      const t = (band - p) / (q - p);
      const [i, j] = [corners[e]!, corners[(e + 1) % 4]!];
      ends.push([px[i]! + t * (px[j]! - px[i]!), py[i]! + t * (py[j]! - py[i]!)]);
    }
    if (ends.length < 2) continue;
    context.strokeStyle = colour;
    context.lineWidth = 0.9;
    context.beginPath();
    context.moveTo(...ends[0]!);
    context.lineTo(...ends[1]!);
    context.stroke();
  }
}

/** Where a place on the ground and a height (0 to 1) land on the canvas. */
export type Projection = (x: number, y: number, height: number) => [number, number];

export function projection(
  width: number, height: number, bounds: Bounds, pose: Pose, samples: Samples, rise: (value: number) => number,
): Projection {
  const [cos, sin] = [Math.cos(pose.turn), Math.sin(pose.turn)];
  const [up, flat] = [Math.sin(pose.tilt), Math.cos(pose.tilt)];
  const side = Math.max(bounds.x1 - bounds.x0, bounds.y1 - bounds.y0);
  const [mx, my] = [(bounds.x0 + bounds.x1) / 2, (bounds.y0 + bounds.y1) / 2];
  const across = (x: number, y: number) => (cos * (x - mx) - sin * (y - my)) / side;
  const above = (x: number, y: number, h: number) => ((sin * (x - mx) + cos * (y - my)) / side) * up + HEIGHT * h * flat;
  let [low, high] = [Infinity, -Infinity];
  samples.values.forEach((value, k) => {
    const n = samples.x.length;
    const at = above(samples.x[k % n]!, samples.y[Math.floor(k / n)]!, rise(value));
    if (at < low) low = at;
    if (at > high) high = at;
  });
  if (!(high > low)) [low, high] = [0, 1];
  // The ground's diagonal fits across whichever way it is turned, so turning hardly pulsates; up
  // and down there is room for what this surface has, and it stands in the middle.
  const zoom = 0.96 * Math.min(width / Math.SQRT2, height / (high - low));
  return (x, y, h) => [
    width / 2 + zoom * across(x, y),
    height / 2 - zoom * (above(x, y, h) - (low + high) / 2),
  ];
}

/** The surface itself, from the far corner to the near one. */
export function drawSurface(
  context: CanvasRenderingContext2D, samples: Samples, levels: readonly number[],
  project: Projection, pose: Pose, palette: Palette,
): void {
  const rise = relief(levels);
  const [n, m] = [samples.x.length, samples.y.length];
  const [cos, sin] = [Math.cos(pose.turn), Math.sin(pose.turn)];
  const h = Float64Array.from(samples.values, rise);
  const px = new Float64Array(h.length);
  const py = new Float64Array(h.length);
  for (let j = 0; j < m; j++) {
    for (let i = 0; i < n; i++) {
      const k = j * n + i;
      [px[k], py[k]] = project(samples.x[i]!, samples.y[j]!, h[k]!);
    }
  }
  const colours = bandColours(palette, Math.max(1, levels.length - 1));
  const shades = colours.map((colour) => lights(colour, palette));
  const is = Array.from({ length: n - 1 }, (_, i) => (sin > 0 ? n - 2 - i : i));
  const js = Array.from({ length: m - 1 }, (_, j) => (cos > 0 ? m - 2 - j : j));
  const steep = (HEIGHT * Math.max(samples.x.at(-1)! - samples.x[0]!, samples.y.at(-1)! - samples.y[0]!)) / 2;
  context.lineJoin = "round";
  let lines: (() => void)[] = [];
  for (const j of js) {
    const own: (() => void)[] = [];
    for (const i of is) {
      const [a, b, c, d] = [j * n + i, j * n + i + 1, (j + 1) * n + i + 1, (j + 1) * n + i];
      const mean = (h[a]! + h[b]! + h[c]! + h[d]!) / 4;
      if (Number.isNaN(mean)) continue;
      const sx = (steep * (h[b]! + h[c]! - h[a]! - h[d]!)) / (samples.x[i + 1]! - samples.x[i]!);
      const sy = (steep * (h[d]! + h[c]! - h[a]! - h[b]!)) / (samples.y[j + 1]! - samples.y[j]!);
      const lit = Math.max(0, (-sx * LIGHT[0] - sy * LIGHT[1] + LIGHT[2]) / Math.sqrt(sx * sx + sy * sy + 1));
      const shade = shades[Math.min(colours.length - 1, Math.floor(mean * colours.length))]!;
      const { fill, line } = shade[Math.min(LIGHTS - 1, Math.floor(lit * LIGHTS))]!;
      context.fillStyle = context.strokeStyle = fill;
      context.beginPath();
      context.moveTo(px[a]!, py[a]!);
      context.lineTo(px[b]!, py[b]!);
      context.lineTo(px[c]!, py[c]!);
      context.lineTo(px[d]!, py[d]!);
      context.closePath();
      context.fill();
      context.lineWidth = 0.6;
      context.stroke();
      own.push(() => bandLines(context, [a, b, c, d], h, px, py, colours.length, line));
    }
    // A row's lines are drawn after the next row's cells, whose rims would cut them up.
    lines.forEach((draw) => draw());
    lines = own;
  }
  lines.forEach((draw) => draw());
}

const LIGHTS = 24;

/** A band's colour from shadow to full light, and its line's. */
function lights(colour: Rgb, palette: Palette): { fill: string; line: string }[] {
  return Array.from({ length: LIGHTS }, (_, k) => {
    const lit = (k + 0.5) / LIGHTS;
    const shade =
      lit > 0.72 ? mix(colour, [255, 255, 255], (lit - 0.72) * 0.4) : mix(colour, palette.ink, (0.72 - lit) * 0.3);
    return { fill: css(shade), line: css(mix(shade, palette.ink, 0.3)) };
  });
}

/** Curves and the point, lifted onto the surface. */
export function drawLifted(
  context: CanvasRenderingContext2D, bounds: Bounds, project: Projection,
  rise: (x: number, y: number) => number, lift: Lift, palette: Palette,
): void {
  const on = (x: number, y: number): [number, number] | null => {
    if (x < bounds.x0 || x > bounds.x1 || y < bounds.y0 || y > bounds.y1) return null;
    const z = rise(x, y);
    return Number.isNaN(z) ? null : project(x, y, z + 0.006);
  };
  for (const { curve, colour, width: line, dash } of lift.curves) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.setLineDash([...(dash ?? [])]);
    context.beginPath();
    let pen = false;
    for (let k = 0; k + 1 < curve.length; k += 2) {
      const p = on(curve[k]!, curve[k + 1]!);
      if (!p) pen = false;
      else if (pen) context.lineTo(p[0], p[1]);
      else {
        context.moveTo(p[0], p[1]);
        pen = true;
      }
    }
    context.stroke();
  }
  context.setLineDash([]);
  const marked = lift.ring && on(...lift.ring.at);
  if (marked) {
    context.beginPath();
    context.arc(marked[0], marked[1], 7, 0, 2 * Math.PI);
    context.lineWidth = 2.5;
    context.strokeStyle = lift.ring!.colour;
    context.stroke();
  }
  const held = on(...lift.point);
  if (held) {
    context.beginPath();
    context.arc(held[0], held[1], 6.5, 0, 2 * Math.PI);
    context.fillStyle = css(palette.ink);
    context.fill();
    context.lineWidth = 2;
    context.strokeStyle = css(palette.paper);
    context.stroke();
  }
}
