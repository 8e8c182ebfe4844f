/** One variable: the curve, its tangent, the slope as an arrow along the axis, the steps on it. */

import { computed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import * as state from "../state";
import { symbols, walkColour, walkDash } from "../theme";
import { short } from "../words";
import { HeldPoint } from "./map";
import { Arrow } from "./arrow";
import type { Shaft } from "./arrow";
import { markers } from "./walks";
import { Ticks } from "./axes";

/** The curve's samples, one a pixel. */
export const graph = computed(() => {
  const { width } = state.size.value;
  const { x0, x1 } = state.bounds.value;
  const n = Math.max(2, Math.ceil(width) + 1);
  const x = Float64Array.from({ length: n }, (_, k) => x0 + ((x1 - x0) * k) / (n - 1));
  return { x, y: state.studied.value.values([x]) };
});

/** The heights that the curve spans; a pole does not stretch the picture. */
const span = computed(() => {
  const known = graph.value.y.map(state.rise.value).filter(Number.isFinite).sort();
  const at = (q: number) => known[Math.round(q * (known.length - 1))] ?? 0;
  const reach = 3 * (at(0.95) - at(0.05));
  if (!(reach > 0)) return { low: at(0), high: at(1) };
  return { low: Math.max(at(0), at(0.05) - reach), high: Math.min(at(1), at(0.95) + reach) };
});

/** The top of the picture: higher where the point stands a little above the curve's usual height. */
const top = computed(() => {
  const { low, high } = span.value;
  const value = state.rise.value(state.local.value.value);
  return Number.isFinite(value) && value > high && value < high + 4 * (high - low) ? value : high;
});

/** From places and values to pixels; heights are those of `state.rise`. */
export const scale = computed(() => {
  const { width, height } = state.size.value;
  const { x0, x1 } = state.bounds.value;
  const margin = 0.12 * (span.value.high - span.value.low) || 1;
  const [low, high] = [span.value.low - margin, top.value + margin];
  return {
    low, high,
    x: (x: number) => ((x - x0) / (x1 - x0)) * width,
    y: (value: number) => ((high - state.rise.value(value)) / (high - low)) * height,
  };
});

function path(xs: ArrayLike<number>, ys: ArrayLike<number>): string {
  const { x, y } = scale.value;
  const { height } = state.size.value;
  let d = "";
  let pen = false;
  for (let k = 0; k < xs.length; k++) {
    const py = y(ys[k]!);
    if (!(Math.abs(py) < 10 * height)) {
      pen = false;
      continue;
    }
    d += `${pen ? "L" : "M"}${x(xs[k]!).toFixed(1)} ${py.toFixed(1)}`;
    pen = true;
  }
  return d;
}

const pointX = computed(() => scale.value.x(state.at.value[0]!));

/** Where the point stands on the curve, in pixels from the top; at the bottom without a value. */
export const curvePointY = computed(() => {
  const { value } = state.local.value;
  return Number.isFinite(value) ? scale.value.y(value) : state.size.value.height;
});

const stem = computed(() => `M${pointX.value} ${curvePointY.value}V${state.size.value.height}`);
const outline = computed(() => path(graph.value.x, graph.value.y));
const tangent = computed(() => {
  const { x0, x1 } = state.bounds.value;
  const { value, gradient } = state.local.value;
  const [at, reach] = [state.at.value[0]!, 0.22 * (x1 - x0)];
  const rise = gradient[0]! * reach;
  return path([at - reach, at + reach], [value - rise, value + rise]);
});
const uphill = computed<Shaft>(() => ({
  x: pointX.value, y: curvePointY.value, dx: 72 * Math.sign(state.local.value.gradient[0]!), dy: 0,
}));

export function Curve({ marks }: { marks?: ComponentChildren }) {
  const { width, height } = state.size.value;
  const { low, high } = scale.value;
  const { x0, x1 } = state.bounds.value;
  const card = state.openCard.value;
  return (
    <>
      <Ticks bounds={{ x0, x1, y0: low, y1: high }} width={width} height={height} />
      <clipPath id="inside"><rect width={width} height={height} /></clipPath>
      <g clip-path="url(#inside)" class="curve">
        <path class="stem" d={stem} />
        <path class="graph" d={outline} />
        {!marks && card === "landscape" && <Stationary />}
        {state.hasGradient.value && card !== "walk" && <path class="tangent-line" d={tangent} />}
        {(marks || card === "walk") && <Steps />}
        {marks}
        {state.hasDirection.value && card !== "walk" && <Arrow of={uphill} kind="gradient" name="uphill" />}
        <HeldPoint />
      </g>
    </>
  );
}

/** The steps of every descent on the curve, joined by chords. */
function Steps() {
  const { x, y } = scale.value;
  return (
    <>
      {state.trajectories.value.map((t, k) => {
        const index = state.walks.value[k]!.id;
        const shown = t.points.slice(0, state.sampled.value ? undefined : 200);
        return (
          <g key={index} class={k === state.activeWalk.value ? "walk active" : "walk"} style={{ color: walkColour(index) }}>
            <path class="halo" d={path(shown.map((p) => p[0]!), t.values)} />
            <path class="line" stroke-dasharray={walkDash(index)} d={path(shown.map((p) => p[0]!), t.values)} />
            <path class="dot" d={markers(index, shown.slice(1).map((p, n) => [x(p[0]!), y(t.values[n + 1]!)]))} />
          </g>
        );
      })}
    </>
  );
}

/** Where the slope changes its sign: minima and maxima in view. */
export const stationary = computed(() => {
  const { x } = graph.value;
  const out = new Float64Array(2);
  const f = state.formula.value;
  const slopeAt = (p: number) => (f.slope([p], out), out[1]!);
  const found: { at: number; value: number; kind: "minimum" | "maximum" }[] = [];
  let before = slopeAt(x[0]!);
  for (let k = 1; k < x.length && found.length < 60; k++) {
    const here = slopeAt(x[k]!);
    if (before * here < 0 || (here === 0 && before !== 0)) {
      let [a, b] = [x[k - 1]!, x[k]!];
      for (let n = 0; n < 80 && b - a > 0; n++) {
        const middle = 0.5 * (a + b);
        if (middle === a || middle === b) break;
        if (slopeAt(middle) * before > 0) a = middle;
        else b = middle;
      }
      const place = Math.abs(b) < 1e-12 * (x.at(-1)! - x[0]!) ? 0 : b;
      const slopeThere = Math.abs(slopeAt(place));
      // A jump of the slope from −∞ to ∞ is a pole, not a flat place.
      if (slopeThere <= 1e-6 * (Math.abs(before) + Math.abs(here))) {
        found.push({ at: place, value: f.value([place]), kind: before < 0 ? "minimum" : "maximum" });
      }
    }
    if (here !== 0) before = here;
  }
  return found;
});

function Stationary() {
  const { x, y } = scale.value;
  return (
    <g class="critical">
      {stationary.value.map((c) => (
        <text key={c.at} class={`symbol ${c.kind}`} x={x(c.at)} y={y(c.value)} text-anchor="middle" dominant-baseline="central">
          {symbols[c.kind]}
          <title>{`${c.kind} at ${short(c.at)}`}</title>
        </text>
      ))}
    </g>
  );
}
