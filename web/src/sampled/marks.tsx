/** What lies on the map of a surface, and on its graph over a line. */

import { computed } from "@preact/signals";
import { scale } from "../plot/curve";
import { HeldPoint } from "../plot/map";
import { LevelCurve } from "../plot/marks";
import { screen } from "../plot/screen";
import { StepMark, Trajectories } from "../plot/walks";
import * as state from "../state";
import { walkColour } from "../theme";
import { Ring } from "./hover";
import { gaps } from "./sampled";

/** A place worth naming: what the slice was laid through, where the run starts and ends. */
interface Spot { readonly label: string; readonly at: readonly number[]; readonly run: boolean }

/** Where the run's own ends stand on a named place, that name is enough. */
export const spots = computed<Spot[]>(() => {
  const f = state.sampled.value!;
  const named = f.data.points.map(({ label, at }): Spot => ({ label, at, run: false }));
  const { points } = f.run;
  const near = 1e-6 * (f.window.x1 - f.window.x0);
  const ends: Spot[] = points.length
    ? [{ label: "start", at: points[0]!, run: true }, { label: "end", at: points.at(-1)!, run: true }]
    : [];
  const taken = (s: Spot) => named.some(({ at }) => at.every((c, k) => Math.abs(c - s.at[k]!) <= near));
  return [...named, ...ends.filter((s) => s.at.every(Number.isFinite) && !taken(s))];
});

const placed = computed(() => {
  const f = state.sampled.value!;
  const seen = f.run.points.map((p) => p[1] ?? NaN).filter(Number.isFinite);
  const middle = screen.value.y(seen.reduce((a, b) => a + b, 0) / seen.length);
  return spots.value.map((s) => {
    const [x, y] = f.dim === 1
      ? [scale.value.x(s.at[0]!), scale.value.y(f.value(s.at))]
      : [screen.value.x(s.at[0]!), screen.value.y(s.at[1]!)];
    // A name stands on the side where the run is not.
    return { ...s, x, y, below: f.dim > 1 && middle < y! };
  });
});

const Spots = () => (
  <g class="spots">
    {placed.value.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)).map(({ label, run, x, y, below }, k) => {
      // Names stand inside the picture, and beside the point one holds.
      const left = x > screen.value.width - 90;
      return (
        <g key={k} style={run ? { color: walkColour(0) } : undefined}>
          <circle class="spot" cx={x} cy={y} r="5.5" />
          <text class="spot-name" x={x + (left ? -13 : 13)} y={y + (below ? 23 : -13)} text-anchor={left ? "end" : "start"}>{label}</text>
        </g>
      );
    })}
  </g>
);

/** What lies outside the window was not computed: paper, and the window's edge. */
function Outside() {
  const { x, y, width, height } = screen.value;
  const { x0, x1, y0, y1 } = state.sampled.value!.window;
  const [left, right, top, bottom] = [x(x0), x(x1), y(y1), y(y0)];
  if (left <= 0.5 && top <= 0.5 && right >= width - 0.5 && bottom >= height - 0.5) return null;
  const inside = `M${left} ${top}H${right}V${bottom}H${left}Z`;
  return (
    <>
      <path class="outside" fill-rule="evenodd" d={`M-1 -1H${width + 1}V${height + 1}H-1Z${inside}`} />
      <path class="window-edge" d={inside} />
    </>
  );
}

export const PlaneMarks = () => (
  <>
    <Outside />
    <LevelCurve />
    <Trajectories />
    {state.sampled.value!.run.points.length > 0 && <StepMark />}
    <Spots />
    <HeldPoint />
  </>
);

const step = computed(() => {
  const { points, values } = state.sampled.value!.run;
  const k = state.stepShown.value;
  return { x: scale.value.x(points[k]![0]!), y: scale.value.y(values[k]!) };
});

const StepRing = () =>
  Number.isFinite(step.value.y) ? <circle class="step-mark" style={{ color: walkColour(0) }} cx={step.value.x} cy={step.value.y} r="8" /> : null;

const holes = computed(() =>
  gaps(state.sampled.value!).map(([a, b]) => ({ x: scale.value.x(a), width: scale.value.x(b) - scale.value.x(a) })),
);

export const LineMarks = () => (
  <>
    <pattern id="hole" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
      <path class="hatch" d="M0 4.5H9" />
    </pattern>
    {holes.value.map(({ x, width }) => (
      <rect key={x} class="hole" x={x} width={width} y="0" height={state.size.value.height} fill="url(#hole)" />
    ))}
    {state.sampled.value!.run.points.length > 0 && <StepRing />}
    <Spots />
    <Ring />
  </>
);
