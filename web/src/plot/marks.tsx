/** What lies on the map, each in the colour of its meaning; places follow signals. */

import { computed, useComputed } from "@preact/signals";
import { length } from "../local/linear";
import { ball } from "../local/norms";
import * as state from "../state";
import { symbols } from "../theme";
import { called, point as shown, short } from "../words";
import { Arrow } from "./arrow";
import type { Shaft } from "./arrow";
import { pathOf, pointOnScreen, screen } from "./screen";

const ARROW = { shortest: 44, longest: 150 };
/** The dial's radius in pixels: smaller on a small map. */
const radius = computed(() => Math.min(92, Math.round(0.2 * Math.min(state.size.value.width, state.size.value.height))));

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

const paths = computed(() => state.levelCurves.value.map(pathOf));
const pieces = computed(() => paths.value.length);

export const LevelCurve = () => (
  <g class="level">
    {Array.from({ length: pieces.value }, (_, k) => <Piece key={k} k={k} />)}
  </g>
);

function Piece({ k }: { k: number }) {
  const d = useComputed(() => paths.value[k] ?? "");
  return (
    <g>
      <path class="halo" d={d} />
      <path class="line" d={d} />
    </g>
  );
}

const CORNER = 14;
const REACH = 96;

/** The gradient's part in the plane as a unit vector on the screen, where pixels count downward. */
const uphill = computed(() => {
  const [gx, gy] = state.planeGradient.value as [number, number];
  const size = Math.hypot(gx, gy);
  return [gx / size, -gy / size] as const;
});

const tangentLine = computed(() => {
  const [px, py] = pointOnScreen.value;
  const [ux, uy] = uphill.value;
  return `M${px + REACH * uy} ${py - REACH * ux}L${px - REACH * uy} ${py + REACH * ux}`;
});
const rightAngle = computed(() => {
  const [px, py] = pointOnScreen.value;
  const [ux, uy] = uphill.value.map((v) => CORNER * v) as [number, number];
  return `M${px - uy} ${py + ux}l${ux} ${uy}L${px + ux} ${py + uy}`;
});

/** The tangent of the level curve, and the right angle between it and the gradient. */
export function Tangent() {
  if (!state.hasPlaneDirection.value) return null;
  return (
    <g class="tangent">
      <path class="line" d={tangentLine} />
      <path class="corner" d={rightAngle} />
    </g>
  );
}

const gradientShaft = computed<Shaft>(() => {
  const [x, y] = pointOnScreen.value;
  const [ux, uy] = uphill.value;
  const long = arrowLength(length(state.planeGradient.value));
  // Under Turn the line of equal slope touches the dial on the way.
  const taken = state.openCard.value === "turn" ? radius.value : 0;
  return { x, y, dx: long * ux, dy: long * uy, taken };
});

export const GradientArrow = () =>
  state.hasPlaneDirection.value ? <Arrow of={gradientShaft} kind="gradient" name="∇f" /> : null;

const outline = computed(() => ball(state.norm.value));

/** Pixels for one unit of the norm: the ball's widest reach is the dial's radius. */
export const ballScale = computed(
  () => radius.value / Math.max(...outline.value.map(([x, y]) => Math.hypot(x, y))),
);

const ballPath = computed(() => {
  const [px, py] = pointOnScreen.value;
  const scale = ballScale.value;
  const places = outline.value.map(([x, y]) => `${(px + scale * x).toFixed(1)} ${(py - scale * y).toFixed(1)}`);
  return `M${places.join("L")}Z`;
});
const bestShaft = computed<Shaft>(() => {
  const [x, y] = pointOnScreen.value;
  const scale = ballScale.value;
  const [bx, by] = state.norm.value.steepest(state.planeGradient.value) as [number, number];
  return { x, y, dx: scale * bx, dy: -scale * by };
});
const touchX = computed(() => bestShaft.value.x + bestShaft.value.dx);
const touchY = computed(() => bestShaft.value.y + bestShaft.value.dy);
const touching = computed(() => {
  const [ux, uy] = uphill.value.map((v) => 1.6 * radius.value * v) as [number, number];
  const [x, y] = [touchX.value, touchY.value];
  return `M${x + uy} ${y - ux}L${x - uy} ${y + ux}`;
});

/** The unit ball of the norm at the point, and the line of equal slope that touches it. */
export function UnitBall() {
  return (
    <g class="ball">
      <path class="outline" d={ballPath} />
      {state.hasPlaneDirection.value && (
        <>
          <path class="touching" d={touching} />
          {state.norm.value.name !== "l2" && <Arrow of={bestShaft} kind="gradient best" name="u*" />}
          <circle class="touch" cx={touchX} cy={touchY} r="5" />
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
          <title>{`${called(c.kind)} at ${shown(c.at)}, f = ${short(c.value)}`}</title>
        </text>
      ))}
    </g>
  );
}

const straightWay = computed(() => {
  const goal = state.minimumSought.value;
  if (!goal) return "";
  const { x, y } = screen.value;
  const [i, j] = state.axes.value;
  const [px, py] = pointOnScreen.value;
  return `M${px} ${py}L${x(goal.at[i]!)} ${y(goal.at[j]!)}`;
});
const downhill = computed<Shaft>(() => {
  const [x, y] = pointOnScreen.value;
  const [ux, uy] = uphill.value;
  return { x, y, dx: -radius.value * ux, dy: -radius.value * uy };
});
const hasGoal = computed(() => state.minimumSought.value !== null);

/** −∇f and the straight way to the minimum, which are hardly ever the same. */
export function WayDown() {
  if (!hasGoal.value || !state.hasPlaneDirection.value) return null;
  return (
    <g class="way">
      <path class="line" d={straightWay} />
      <Arrow of={downhill} kind="gradient down" name="−∇f" dashed />
    </g>
  );
}
