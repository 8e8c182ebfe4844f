/** Descents on the map: paths told apart by colour, dash and marker. */

import { computed, useComputed } from "@preact/signals";
import * as state from "../state";
import { walkColour, walkDash } from "../theme";
import { pathOf, screen } from "./screen";

/** Every descent's line and markers. */
const drawn = computed(() => {
  const { x, y } = screen.value;
  const [i, j] = state.axes.value;
  return state.trajectories.value.map(({ points }, k) => {
    const kept = spaced(points, i, j);
    const places: [number, number][] = [];
    for (let n = 2; n < kept.length; n += 2) places.push([x(kept[n]!), y(kept[n + 1]!)]);
    return { line: pathOf(kept), dots: markers(state.walks.value[k]!.id, places) };
  });
});

/** The path's points, less those that stand on the one before: nobody could see them. */
function spaced(points: number[][], i: number, j: number): number[] {
  const near = state.pixel.value;
  const kept: number[] = [];
  let [x, y] = [Infinity, Infinity];
  for (let k = 0; k < points.length; k++) {
    const p = points[k]!;
    if (k + 1 < points.length && Math.abs(p[i]! - x) < near && Math.abs(p[j]! - y) < near) continue;
    kept.push((x = p[i]!), (y = p[j]!));
  }
  return kept;
}

export const Trajectories = () => (
  <g class="trajectories">
    {state.walks.value.map(({ id }, k) => <Trajectory key={id} k={k} id={id} active={k === state.activeWalk.value} />)}
  </g>
);

function Trajectory({ k, id, active }: { k: number; id: number; active: boolean }) {
  const d = useComputed(() => drawn.value[k]?.line ?? "");
  return (
    <g class={active ? "walk active" : "walk"} style={{ color: walkColour(id) }}>
      <path class="halo" d={d} />
      <path class="line" d={d} stroke-dasharray={walkDash(id)} />
      <path class="dot" d={useComputed(() => drawn.value[k]?.dots ?? "")} />
    </g>
  );
}

const APART = 9; // pixels between markers: where steps crowd, not every one is marked

/** The markers of a path, as one outline. */
export function markers(shape: number, places: readonly [number, number][]): string {
  let [lastX, lastY] = [Infinity, Infinity];
  let d = "";
  for (const [x, y] of places) {
    if (Math.hypot(x - lastX, y - lastY) < APART) continue;
    d += marker(shape, x, y);
    [lastX, lastY] = [x, y];
  }
  return d;
}

/** Every rule has its own marker, so that colour is never alone: the outline of one. */
function marker(shape: number, x: number, y: number, r = 3): string {
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

const stepPlace = computed(() => {
  const { x, y } = screen.value;
  const [i, j] = state.axes.value;
  const p = state.trajectory.value.points[state.stepShown.value]!;
  return [x(p[i]!), y(p[j]!)] as const;
});
const stepX = computed(() => stepPlace.value[0]);
const stepY = computed(() => stepPlace.value[1]);

/** The step that the card talks about, marked on the path. */
export function StepMark() {
  if (state.stepShown.value === 0) return null;
  const index = state.walks.value[state.activeWalk.value]?.id ?? 0;
  return <circle class="step-mark" style={{ color: walkColour(index) }} cx={stepX} cy={stepY} r="8" />;
}
