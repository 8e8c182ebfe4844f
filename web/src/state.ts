/** What the page shows, as signals: everything that is drawn or said follows from these. */

import { batch, computed, effect, signal } from "@preact/signals";
import type { Data, Symbolic } from "./data";
import type { Sampled } from "./sampled/sampled";
import { bands } from "./plot/bands";
import { boundsOf, pixelOf } from "./plot/view";
import type { Size, View } from "./plot/view";
import { criticalPoints } from "./local/critical";
import { descend, retold } from "./local/descent";
import type { Trajectory } from "./local/descent";
import { levelOnGrid, nearTo, sample, thinned } from "./local/levels";
import { trace } from "./local/trace";
import type { Plane } from "./local/plane";
import { length } from "./local/linear";
import { L1, L2, LInf, ownQuadratic } from "./local/norms";
import type { Norm, NormName } from "./local/norms";
import { ruleByName } from "./local/rules";
import { study } from "./local/study";
import type { ScalarFunction } from "./local/function";
import type { Local, Study } from "./local/study";
import type { FormulaError } from "./language/errors";

export type CardName = "here" | "turn" | "walk" | "landscape" | "why" | "practice";

export interface WalkChoice {
  readonly id: number;
  readonly rule: string;
  readonly stepSize: number;
}

export const MOST_WALKS = 4;

export const formula = signal<Study>(study("x^2 + 3y^2"));
/** A loss surface that Python computed, on a page about one. */
export const sampled = signal<Sampled | null>(null);
/** What the map shows. */
export const studied = computed<ScalarFunction>(() => sampled.value ?? formula.value);
export const entry = signal("x^2 + 3y^2");
export const refusal = signal<FormulaError | null>(null);
export const at = signal<readonly number[]>([1, 2]);
export const axes = signal<readonly [number, number]>([0, 1]);
export const view = signal<View>({ cx: 0, cy: 0, half: 3 });
export const size = signal<Size>({ width: 640, height: 640 });
export const normName = signal<NormName>("l2");
export const angle = signal(0.4);
export const openCard = signal<CardName>("here");
export const walks = signal<readonly WalkChoice[]>([{ id: 0, rule: "fixed", stepSize: 0.1 }]);
export const activeWalk = signal(0);
/** The walk that is being changed, and that the other cards go by. */
export const chosenWalk = computed(() => walks.value[activeWalk.value] ?? walks.value[0]!);
/** The step of the descent that was asked for last; `stepShown` is the one there is. */
export const stepAsked = signal(0);
export const showField = signal(false);
/** What Python proved about this formula; null for a formula typed here. */
export const certified = signal<Data["critical"]>(null);
/** The derivation that Python wrote into the page; null for a formula typed here. */
export const derived = signal<Symbolic | null>(null);
/** While the map is moved, or a formula typed, it is painted more coarsely. */
export const moving = signal(false);

let settling = 0;
/** Paint coarsely now, and finely when nothing has moved for a moment. */
export function stir(): void {
  moving.value = true;
  clearTimeout(settling);
  settling = window.setTimeout(() => (moving.value = false), 160);
}

export const isCurve = computed(() => studied.value.dim === 1);
export const isSlice = computed(() => studied.value.dim > 2);
/** Whether colours and heights follow the logarithm of f, on request. */
export const logarithmic = signal(false);
export const rise = computed(() => (logarithmic.value ? Math.log10 : (v: number) => v));

// The other coordinates of a slice. A string, so that moving in the plane changes nothing here.
const fixedKey = computed(() =>
  at.value.map((v, k) => (axes.value.includes(k) ? 0 : v)).join(" "),
);

export const plane = computed<Plane>(() => ({
  f: studied.value,
  axes: axes.value,
  through: fixedKey.value.split(" ").map(Number),
}));

export const bounds = computed(() => boundsOf(view.value, size.value));
export const pixel = computed(() => pixelOf(view.value, size.value));
export const local = computed(() => studied.value.at(at.value));
const OFTEN = 150; // milliseconds between updates of what is slow to typeset
const calm = signal<{ f: ScalarFunction; now: Local } | null>(null);
let waiting = 0;
effect(() => {
  const now = local.value;
  if (waiting) return;
  calm.value = { f: studied.peek(), now };
  waiting = window.setTimeout(() => {
    waiting = 0;
    calm.value = { f: studied.peek(), now: local.peek() };
  }, OFTEN);
});
/** The local model, a few times a second while the point is dragged. */
export const localNowAndThen = computed(() =>
  calm.value?.f === studied.value ? calm.value.now : local.value,
);

export const kink = computed(() => studied.value.kink(local.value));

/** Whether f has a gradient at the point, and one that is not zero. */
export const hasGradient = computed(
  () => !kink.value && local.value.gradient.every(Number.isFinite),
);
export const hasDirection = computed(() => hasGradient.value && length(local.value.gradient) > 0);

/** The gradient's part in the plane that is shown. */
export const planeGradient = computed(() => axes.value.map((k) => local.value.gradient[k] ?? 0));
export const hasPlaneDirection = computed(() => hasDirection.value && length(planeGradient.value) > 0);

const STRIDE = 4; // samples between those that level curves start from
const SAMPLE = { still: 2, moving: 6 }; // pixels between samples of the landscape

export const samples = computed(() => {
  const { width, height } = size.value;
  const apart = moving.value ? SAMPLE.moving : SAMPLE.still;
  // Whole strides, so that the thinned grid reaches all four edges.
  const count = (pixels: number) => STRIDE * Math.ceil(pixels / apart / STRIDE) + 1;
  const painted = sampled.value ? { ...plane.value, f: sampled.value.extended } : plane.value;
  return sample(painted, bounds.value, count(width), count(height));
});
/** Crossings of a level are sharpened with f itself, so a coarser grid is as exact. */
const levelSamples = computed(() => sampled.value?.samples ?? thinned(samples.value, moving.value ? 1 : STRIDE));
/** The colours of a surface stay when it is zoomed; those of a formula follow what is in view. */
const told = computed(() => (sampled.value?.samples ?? samples.value).values);
export const levels = computed(() =>
  logarithmic.value ? bands(told.value.map(Math.log10)).map((v) => 10 ** v) : bands(told.value));

export const levelCurves = computed(() => {
  if (isCurve.value || !Number.isFinite(local.value.value)) return [];
  const [i, j] = axes.value;
  const [x, y] = [at.value[i]!, at.value[j]!];
  const own = kink.value ? [] : trace(plane.value, x, y, bounds.value, pixel.value);
  const drawn = own.length ? nearTo(own, 12 * pixel.value, bounds.value) : undefined;
  const rest = levelOnGrid(plane.value, levelSamples.value, local.value.value, drawn);
  return own.length ? [own, ...rest] : rest;
});

/** The Hessian's part in the plane, for the norm that the place itself suggests. */
const planeHessian = computed(() =>
  axes.value.map((i) => axes.value.map((j) => local.value.hessian[i]?.[j] ?? NaN)),
);
export const quadraticHere = computed(() => (isCurve.value ? null : ownQuadratic(planeHessian.value)));

const PLAIN = { l2: L2, l1: L1, linf: LInf };

/** The norm in the plane; ℓ2 where a quadratic one cannot be had. */
export const norm = computed<Norm>(() => {
  const name = normName.value;
  return name === "quadratic" ? (quadraticHere.value?.norm ?? L2) : PLAIN[name];
});

/** The norm for descents in all variables: a quadratic one only where the plane is everything. */
const walkNorm = computed<Norm>(() =>
  norm.value.name === "quadratic" && formula.value.dim !== 2 ? L2 : norm.value,
);

/** The norm for descents from everywhere: one that a single place suggests is not meant there. */
export const basinNorm = computed<Norm>(() => PLAIN[normName.value as keyof typeof PLAIN] ?? L2);

/** The chosen direction, with size 1 in the chosen norm. */
export const direction = computed(() => {
  const u = [Math.cos(angle.value), Math.sin(angle.value)];
  const long = norm.value.size(u);
  return u.map((x) => x / long);
});

/** A trajectory that somebody else walked: shown as long as the point stands where it starts. */
export const given = signal<{ f: Study; points: number[][] } | null>(null);

export function showTrajectory(points: readonly (readonly number[])[]): void {
  if (sampled.peek()) return;
  // What this page walked itself comes back from whoever was told of it.
  const own = trajectory.peek().points;
  const same = own.length === points.length && points.every((p, k) => p.every((x, i) => x === own[k]![i]));
  if (same) return;
  batch(() => {
    given.value = { f: formula.value, points: points.map((p) => [...p]) };
    moveTo(points[0]!);
    openCard.value = "walk";
  });
}

const givenHere = computed(() => {
  const its = given.value;
  const here = at.value;
  return its?.f === formula.value && its.points[0]!.every((x, k) => x === here[k]) ? its.points : null;
});

export const trajectories = computed<readonly Trajectory[]>(() => {
  if (sampled.value) return sampled.value.run.points.length ? [sampled.value.run] : [];
  return walks.value.map((w, k) =>
    givenHere.value && k === activeWalk.value
      ? retold(formula.value, givenHere.value, ruleByName(w.rule))
      : descend(formula.value, at.value, ruleByName(w.rule), w.stepSize, walkNorm.value),
  );
});
export const trajectory = computed(() => sampled.value?.run ?? trajectories.value[activeWalk.value] ?? trajectories.value[0]!);

export const stepShown = computed(() => Math.max(0, Math.min(stepAsked.value, trajectory.value.points.length - 1)));

/** Critical points in view as this page finds them; where some are proved, it does not look. */
export const critical = computed(() =>
  formula.value.dim === 2 && openCard.value === "landscape" && !moving.value && !certified.value
    ? criticalPoints(plane.value, bounds.value)
    : [],
);

const minimaInView = computed(() => {
  const { x0, x1, y0, y1 } = bounds.value;
  const proved = formula.value.dim === 2 && openCard.value === "landscape" ? certified.value?.points : null;
  return (proved ?? critical.value).filter(({ kind, at: [x, y] }) =>
    kind === "minimum" && x! >= x0 && x! <= x1 && y! >= y0 && y! <= y1);
});

/** The minimum that −∇f is compared with: the nearest one in view, else the descent's end. */
export const minimumSought = computed<{ at: readonly number[]; words: string } | null>(() => {
  const here = at.value;
  const away = (p: readonly number[]) => Math.hypot(...p.map((x, k) => x - here[k]!));
  let nearest = minimaInView.value[0];
  for (const c of minimaInView.value) if (away(c.at) < away(nearest!.at)) nearest = c;
  if (nearest) return { at: nearest.at, words: "the nearest minimum in view" };
  const t = trajectory.value;
  return t.outcome === "converged" ? { at: t.points.at(-1)!, words: "the minimum that the descent reaches" } : null;
});

/** Move the point; `values` are all its coordinates. */
export function moveTo(values: readonly number[]): void {
  at.value = values.map((v) => (Number.isFinite(v) ? v : 0));
}

/** Move the point in the plane that is shown. */
export function moveInPlane(x: number, y: number): void {
  const [i, j] = axes.value;
  moveTo(at.value.map((v, k) => (k === i ? x : k === j ? y : v)));
}
