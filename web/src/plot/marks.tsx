/** What lies on the map, each in the colour of its meaning. */

import { computed } from "@preact/signals";
import { length } from "../local/linear";
import { ball } from "../local/norms";
import * as state from "../state";
import { symbols, walkColour, walkDash } from "../theme";
import { point as shown } from "../words";
import { pathOf, pointOnScreen, screen } from "./screen";

const ARROW = { shortest: 44, longest: 150 };

/** The arrow's length tells the gradient's, against a typical one in view. */
const typicalSlope = computed(() => {
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

export function Trajectories() {
  const { x, y } = screen.value;
  const [i, j] = state.axes.value;
  return (
    <g class="trajectories">
      {state.trajectories.value.map((t, k) => {
        const index = state.walks.value[k]!.id;
        const d = pathOf(t.points.flatMap((p) => [p[i]!, p[j]!]));
        const colour = walkColour(index);
        const dots = t.points.length <= 120 ? t.points : t.points.slice(0, 60);
        const active = k === state.activeWalk.value;
        return (
          <g key={index} class={active ? "walk active" : "walk"} style={{ color: colour }}>
            <path class="halo" d={d} />
            <path class="line" d={d} stroke-dasharray={walkDash(index)} />
            <path class="dot" d={dots.slice(1).map((p) => marker(index, x(p[i]!), y(p[j]!))).join("")} />
          </g>
        );
      })}
    </g>
  );
}

/** Every rule has its own marker, so that colour is never alone: the outline of one. */
export function marker(shape: number, x: number, y: number, r = 3): string {
  if (!(Math.abs(x) < 1e5) || !(Math.abs(y) < 1e5)) return "";
  const at = (dx: number, dy: number) => `M${(x + dx).toFixed(1)} ${(y + dy).toFixed(1)}`;
  switch (shape % 4) {
    case 1: return `${at(-r, -r)}h${2 * r}v${2 * r}h${-2 * r}Z`;
    case 2: return `${at(0, -1.3 * r)}l${1.3 * r} ${2.2 * r}h${-2.6 * r}Z`;
    case 3: return `${at(0, -1.4 * r)}l${1.4 * r} ${1.4 * r}l${-1.4 * r} ${1.4 * r}l${-1.4 * r} ${-1.4 * r}Z`;
    default: return `${at(-r, 0)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
  }
}

export const Marker = ({ shape, x, y }: { shape: number; x: number; y: number }) => (
  <path class="dot" d={marker(shape, x, y)} />
);

/** The step that the card talks about, marked on the path. */
export function StepMark() {
  const { x, y } = screen.value;
  const [i, j] = state.axes.value;
  const p = state.trajectory.value.points[state.stepShown.value];
  if (!p || state.stepShown.value === 0) return null;
  const index = state.walks.value[state.activeWalk.value]?.id ?? 0;
  return <circle class="step-mark" style={{ color: walkColour(index) }} cx={x(p[i]!)} cy={y(p[j]!)} r="8" />;
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

/** Small arrows along the gradient on a grid; thicker where f is steeper. */
export function GradientField() {
  const { width, height, fromX, fromY } = screen.value;
  const { f, axes, through } = state.plane.value;
  const apart = 44;
  const xs: number[] = [];
  const ys: number[] = [];
  for (let px = (width % apart) / 2 + apart / 2; px < width; px += apart) {
    for (let py = (height % apart) / 2 + apart / 2; py < height; py += apart) {
      xs.push(px);
      ys.push(py);
    }
  }
  const columns = through.map((fixed) => new Float64Array(xs.length).fill(fixed));
  columns[axes[0]] = Float64Array.from(xs, fromX);
  columns[axes[1]] = Float64Array.from(ys, fromY);
  const out = f.all(columns);
  const [gx, gy] = [out[1 + axes[0]]!, out[1 + axes[1]]!];
  const typical = typicalSlope.value;
  return (
    <g class="field">
      {xs.map((px, k) => {
        const size = Math.hypot(gx[k]!, gy[k]!);
        if (!Number.isFinite(size) || !size) return null;
        const long = 8 + (22 * size) / (size + typical);
        const [dx, dy] = [(long * gx[k]!) / size, (-long * gy[k]!) / size];
        const [ex, ey] = [px + dx / 2, ys[k]! + dy / 2];
        const [ux, uy] = [dx / long, dy / long];
        return (
          <path
            key={k}
            d={`M${(px - dx / 2).toFixed(1)} ${(ys[k]! - dy / 2).toFixed(1)}L${ex.toFixed(1)} ${ey.toFixed(1)}m${(-5 * ux - 3 * uy).toFixed(1)} ${(-5 * uy + 3 * ux).toFixed(1)}L${ex.toFixed(1)} ${ey.toFixed(1)}l${(-5 * ux + 3 * uy).toFixed(1)} ${(-5 * uy - 3 * ux).toFixed(1)}`}
          />
        );
      })}
    </g>
  );
}
