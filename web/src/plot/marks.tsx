/** What lies on the map, each in the colour of its meaning. */

import { computed } from "@preact/signals";
import { length } from "../local/linear";
import { ball } from "../local/norms";
import * as state from "../state";
import { symbols } from "../theme";
import { point as shown } from "../words";
import { pathOf, pointOnScreen, screen } from "./screen";

const ARROW = { shortest: 44, longest: 150 };

/** The arrow's length tells the gradient's, against a typical one in view. */
export const typicalSlope = computed(() => {
  const { values, x, y } = state.samples.value;
  const steps: number[] = [];
  const nx = x.length;
  const [dx, dy] = [x[1]! - x[0]!, y[1]! - y[0]!];
  for (let k = 0; k + nx + 1 < values.length; k += 37) {
    const g = Math.hypot((values[k + 1]! - values[k]!) / dx, (values[k + nx]! - values[k]!) / dy);
    if (Number.isFinite(g)) steps.push(g);
  }
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] || 1;
});

export function arrowLength(slope: number): number {
  const { width, height } = state.size.value;
  const longest = Math.min(ARROW.longest, 0.28 * Math.min(width, height));
  return ARROW.shortest + ((longest - ARROW.shortest) * slope) / (slope + 2 * typicalSlope.value);
}

/** An arrow from (x, y) along (dx, dy), pixels; `name` stands at its head. */
export function Arrow(p: { x: number; y: number; dx: number; dy: number; kind: string; name?: string; dashed?: boolean }) {
  const long = Math.hypot(p.dx, p.dy);
  const [ux, uy] = [p.dx / long, p.dy / long];
  const head = 12;
  const [ex, ey] = [p.x + p.dx, p.y + p.dy];
  const [bx, by] = [ex - head * ux, ey - head * uy];
  const side = 4.6;
  return (
    <g class={`arrow ${p.kind}`} data-dx={p.dx} data-dy={p.dy}>
      <path class="halo" d={`M${p.x} ${p.y}L${ex} ${ey}`} />
      <path class={p.dashed ? "shaft dashed" : "shaft"} d={`M${p.x} ${p.y}L${bx} ${by}`} />
      <path class="head" d={`M${ex} ${ey}L${bx - side * uy} ${by + side * ux}L${bx + side * uy} ${by - side * ux}Z`} />
      {p.name && (
        <text class="tag" {...beside(ex, ey, ux, uy, p.name.length)} text-anchor="middle" dominant-baseline="central">
          <Letters name={p.name} />
        </text>
      )}
    </g>
  );
}

/** Where a name stands: beyond the arrow's head, or next to it at the map's edge. */
function beside(ex: number, ey: number, ux: number, uy: number, letters: number): { x: number; y: number } {
  const { width, height } = state.size.value;
  const ahead = { x: ex + (16 + 3 * letters) * ux, y: ey + 16 * uy };
  const inside = ahead.x > 16 && ahead.x < width - 16 && ahead.y > 14 && ahead.y < height - 14;
  if (inside) return ahead;
  const side = ex > width / 2 ? -1 : 1;
  return Math.abs(uy) > Math.abs(ux)
    ? { x: ex + 22 * side, y: Math.min(height - 14, Math.max(14, ey)) }
    : { x: Math.min(width - 20, Math.max(20, ex)), y: ey - 18 };
}

/** Letters lean, signs do not. */
const Letters = ({ name }: { name: string }) => (
  <>
    {[...name].map((c, k) => (
      <tspan key={k} class={/[a-z]/.test(c) ? "letter" : ""}>{c}</tspan>
    ))}
  </>
);

export const LevelCurve = () => (
  <g class="level">
    {state.levelCurves.value.map((curve, k) => {
      const d = pathOf(curve);
      return (
        <g key={k}>
          <path class="halo" d={d} />
          <path class="line" d={d} />
        </g>
      );
    })}
  </g>
);

/** The tangent of the level curve, and the right angle between it and the gradient. */
export function Tangent() {
  if (!state.hasDirection.value) return null;
  const [gx, gy] = state.planeGradient.value as [number, number];
  const size = Math.hypot(gx, gy);
  if (!size) return null;
  const [px, py] = pointOnScreen.value;
  // Pixels count downward.
  const [ux, uy] = [gx / size, -gy / size];
  const [tx, ty] = [-uy, ux];
  const [reach, corner] = [96, 14];
  return (
    <g class="tangent">
      <path class="line" d={`M${px - reach * tx} ${py - reach * ty}L${px + reach * tx} ${py + reach * ty}`} />
      <path
        class="corner"
        d={`M${px + corner * tx} ${py + corner * ty}l${corner * ux} ${corner * uy}L${px + corner * ux} ${py + corner * uy}`}
      />
    </g>
  );
}

export function GradientArrow() {
  const [gx, gy] = state.planeGradient.value as [number, number];
  const size = Math.hypot(gx, gy);
  if (!state.hasDirection.value || !size) return null;
  const [px, py] = pointOnScreen.value;
  const long = arrowLength(size);
  return <Arrow x={px} y={py} dx={(long * gx) / size} dy={(-long * gy) / size} kind="gradient" name="∇f" />;
}

export const RADIUS = 92; // of the dial, pixels

/** Pixels for one unit of the norm: the ball's widest reach is the dial's radius. */
export const ballScale = computed(() => {
  const corners = ball(state.norm.value);
  return RADIUS / Math.max(...corners.map(([x, y]) => Math.hypot(x, y)));
});

/** The unit ball of the norm at the point, and the line of equal slope that touches it. */
export function UnitBall() {
  const [px, py] = pointOnScreen.value;
  const scale = ballScale.value;
  const outline = ball(state.norm.value);
  const d = `${outline.map(([x, y], k) => `${k ? "L" : "M"}${px + scale * x} ${py - scale * y}`).join("")}Z`;
  const g = state.planeGradient.value;
  const size = length(g);
  const known = state.hasDirection.value && size > 0;
  const best = known ? state.norm.value.steepest(g) : null;
  const touch = best && [px + scale * best[0]!, py - scale * best[1]!];
  const [tx, ty] = known ? [g[1]! / size, g[0]! / size] : [0, 0];
  return (
    <g class="ball">
      <path class="outline" d={d} />
      {touch && best && (
        <>
          <path class="touching" d={`M${touch[0]! - 150 * tx} ${touch[1]! - 150 * ty}L${touch[0]! + 150 * tx} ${touch[1]! + 150 * ty}`} />
          {state.norm.value.name !== "l2" && (
            <Arrow x={px} y={py} dx={scale * best[0]!} dy={-scale * best[1]!} kind="gradient best" name="u*" />
          )}
          <circle class="touch" cx={touch[0]} cy={touch[1]} r="5" />
        </>
      )}
    </g>
  );
}

/** Minima, maxima, saddles: told by symbols, not by colour. */
export function CriticalPoints() {
  const { x, y } = screen.value;
  const list = state.certified.value?.points ?? state.critical.value;
  return (
    <g class="critical">
      {list.map((c, k) => (
        <text key={k} class={`symbol ${c.kind}`} x={x(c.at[0]!)} y={y(c.at[1]!)} text-anchor="middle" dominant-baseline="central">
          {symbols[c.kind]}
          <title>{`${c.kind} at ${shown(c.at)}, f = ${c.value}`}</title>
        </text>
      ))}
    </g>
  );
}

/** −∇f and the straight way to the minimum, which are hardly ever the same. */
export function WayDown() {
  const goal = state.minimumSought.value;
  const [gx, gy] = state.planeGradient.value as [number, number];
  const size = Math.hypot(gx, gy);
  if (!goal || !size || !state.hasDirection.value) return null;
  const { x, y } = screen.value;
  const [i, j] = state.axes.value;
  const [px, py] = pointOnScreen.value;
  return (
    <g class="way">
      <path class="line" d={`M${px} ${py}L${x(goal.at[i]!)} ${y(goal.at[j]!)}`} />
      <Arrow x={px} y={py} dx={(-92 * gx) / size} dy={(92 * gy) / size} kind="gradient down" name="−∇f" dashed />
    </g>
  );
}
