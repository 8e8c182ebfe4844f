/** Walk: descent under a rule, side by side with others; how it ends, and what one step promised. */

import { computed, useComputed } from "@preact/signals";
import { dot, length } from "../local/linear";
import { MAX_STEPS } from "../local/descent";
import { RULES, ruleByName, usesNorm } from "../local/rules";
import { Marker } from "../plot/walks";
import { Chart, linePath } from "../plot/chart";
import { gentleStep } from "../opening";
import * as state from "../state";
import type { WalkChoice } from "../state";
import { walkColour, walkDash } from "../theme";
import { Live, Num, Tex } from "../tex";
import { count, short } from "../words";

const [LEAST, MOST] = [-4, 1]; // powers of ten on the slider

const message = computed(() => state.trajectory.value.message);

export function Walk() {
  const active = state.chosenWalk.value;
  const rule = ruleByName(active.rule);
  return (
    <>
      <p class="lead outcome" aria-live="polite">{message}</p>
      <Walks />
      <label class="field">
        Rule{" "}
        <select value={active.rule} onChange={(e) => change({ rule: e.currentTarget.value, stepSize: stepFor(e.currentTarget.value, active) })}>
          {RULES.map((r) => <option key={r.name} value={r.name}>{r.title}</option>)}
        </select>
      </label>
      <p class="note">{rule.sentence}{state.normName.value !== "l2" && usesNorm(rule) && ` Steps are measured in the ${NAMES[state.norm.value.name]} norm chosen under Turn.`}</p>
      {rule.stepSize !== null && <StepSize />}
      <Charts />
      <OneStep />
    </>
  );
}

/** Rules that multiply the gradient share one scale of step sizes; each other has its own. */
const SCALED = ["fixed", "clipped", "momentum", "nesterov"];

function stepFor(rule: string, from: WalkChoice): number {
  if (SCALED.includes(rule) && SCALED.includes(from.rule)) return from.stepSize;
  const own = ruleByName(rule);
  return SCALED.includes(rule) ? gentleStep() : (own.stepSize ?? from.stepSize);
}

const NAMES = { l2: "ℓ2", l1: "ℓ1", linf: "ℓ∞", quadratic: "quadratic" };

function change(patch: Partial<{ rule: string; stepSize: number }>): void {
  state.walks.value = state.walks.value.map((w, k) => (k === state.activeWalk.value ? { ...w, ...patch } : w));
  state.stepAsked.value = 0;
}

/** The descents that are compared; one of them is being changed. */
function Walks() {
  const all = state.walks.value;
  const add = () => {
    const id = [0, 1, 2, 3].find((k) => !all.some((w) => w.id === k))!;
    const rule = RULES.find((r) => !all.some((w) => w.rule === r.name))!;
    const next = ["momentum", "exact", "adam"].find((n) => !all.some((w) => w.rule === n)) ?? rule.name;
    state.walks.value = [...all, { id, rule: next, stepSize: stepFor(next, state.chosenWalk.value) }];
    state.activeWalk.value = all.length;
    state.stepAsked.value = 0;
  };
  const remove = (k: number) => {
    state.walks.value = all.filter((_, n) => n !== k);
    state.activeWalk.value = Math.min(state.activeWalk.value, all.length - 2);
    state.stepAsked.value = 0;
  };
  return (
    <fieldset class="walks">
      <legend>Descents from this point</legend>
      {all.map((w, k) => (
          <div class="walk-choice" key={w.id}>
            <label>
              <input type="radio" name="walk" checked={k === state.activeWalk.value} onChange={() => { state.activeWalk.value = k; state.stepAsked.value = 0; }} />
              <svg width="34" height="14" aria-hidden="true" class="walk active" style={{ color: walkColour(w.id) }}>
                <path class="line" d="M0 7H34" stroke-dasharray={walkDash(w.id)} />
                <Marker shape={w.id} x={17} y={7} />
              </svg>
              <span>{ruleByName(w.rule).title}</span>
              <Ending k={k} />
            </label>
            {all.length > 1 && (
              <button type="button" class="plain" onClick={() => remove(k)} aria-label={`Remove the descent with ${ruleByName(w.rule).title}`} title="Remove">×</button>
            )}
          </div>
      ))}
      {all.length < state.MOST_WALKS && <button type="button" onClick={add}>Compare with another rule</button>}
    </fieldset>
  );
}

/** How the k-th descent ended, in few words. */
function Ending({ k }: { k: number }) {
  const words = useComputed(() => {
    const t = state.trajectories.value[k];
    if (!t) return "";
    const told = t.outcome === "converged" || t.outcome === "diverged";
    return SHORT[t.outcome] + (told ? ` in ${count(t.points.length - 1, "step")}` : "");
  });
  return <span class="quiet">{words}</span>;
}

const SHORT = {
  converged: "converged", not_a_minimum: "stopped, no minimum", diverged: "diverged",
  oscillating: "oscillates", left_domain: "left the domain", step_limit: "not there yet",
  not_finite_at_start: "cannot start", given: "walked elsewhere",
};

/** The largest stable step of the chosen descent; null if its rule has none. */
const stableLimit = computed(() => {
  const t = state.trajectory.value;
  return t.rule.limit ? t.stableStep : null;
});

/** The step size on a logarithmic slider, with the largest stable one marked. */
function StepSize() {
  const active = state.chosenWalk.value;
  const rule = ruleByName(active.rule);
  const place = (eta: number) => (Math.log10(eta) - LEAST) / (MOST - LEAST);
  const limit = stableLimit.value;
  const mark = limit === null ? null : Math.min(1, Math.max(0, place(limit)));
  return (
    <div class="slider step-size">
      <label for="step-size">Step size <Tex tex="\eta" /> = <Num value={active.stepSize} /></label>
      <div class="track">
        <input
          id="step-size" type="range" min="0" max="1" step="0.002" value={place(active.stepSize)}
          aria-valuetext={`${short(active.stepSize)}${limit === null ? "" : `, the limit is ${short(limit)}`}`}
          onInput={(e) => change({ stepSize: Number((10 ** (LEAST + (MOST - LEAST) * Number(e.currentTarget.value))).toPrecision(3)) })}
        />
        {mark !== null && (
          <span class="limit" style={{ left: `calc(10px + (100% - 20px) * ${mark})` }}>
            <span class="tick" />
            <button type="button" class="plain" title="Set the step size to this limit" onClick={() => change({ stepSize: Number(limit!.toPrecision(4)) })}>
              <Tex tex={`${rule.limit} =`} /> {short(limit!)}
            </button>
          </span>
        )}
      </div>
    </div>
  );
}

/** Value and gradient's size against the step, all descents over each other. */
function Charts() {
  const runs = state.trajectories.value;
  const longest = Math.max(1, Math.min(1000, ...[Math.max(...runs.map((t) => t.points.length - 1))]));
  const sizes = runs.map((t) => t.gradients.map(length));
  const values = runs.map((t) => t.values);
  return (
    <>
      <Series title="Value f at each step" runs={values} longest={longest} />
      <Series title="Gradient's size ‖∇f‖ at each step" runs={sizes} longest={longest} />
    </>
  );
}

const COUNTED = Float64Array.from({ length: MAX_STEPS + 1 }, (_, k) => k);

function Series({ title, runs, longest }: { title: string; runs: number[][]; longest: number }) {
  const ended = state.trajectories.value.map((t) => t.outcome);
  const steady = runs.filter((_, k) => ended[k] !== "diverged");
  // A diverging run leaves the picture at the top instead of flattening the others.
  const first = Math.max(...runs.map((r) => Math.abs(r[0]!)).filter(Number.isFinite));
  const ceiling = steady.length ? Infinity : 1e6 * (first + 1);
  const known = (steady.length ? steady : runs).flat().filter((v) => Number.isFinite(v) && Math.abs(v) < ceiling);
  if (!known.length) return null;
  const lowest = Math.min(...known);
  // Where f goes below zero, what is left above the lowest value tells how fast a descent is.
  const base = lowest < 0 ? lowest : 0;
  const above = known.map((v) => v - base).filter((v) => v > 0);
  const high = Math.max(...above, 0);
  const floor = Math.max(Math.min(...above, Infinity), high * 1e-24);
  const logarithmic = high > 50 * floor;
  const shift = logarithmic ? base : 0;
  const top = Math.max(...known);
  const pad = 0.06 * (top - lowest || 1);
  const range: [number, number] = logarithmic ? [floor / 1.5, high * 2] : [lowest - pad, top + pad];
  const heading = shift ? `${title}, above the lowest met, ${short(shift)}` : title;
  return (
    <Chart label={heading} title={heading} xRange={[0, longest]} yRange={range} logarithmic={logarithmic}
      onPointer={(x) => (state.stepAsked.value = Math.max(0, Math.min(Math.round(x), state.trajectory.value.points.length - 1)))}>
      {(frame) => (
        <>
          {runs.map((run, k) => {
            const id = state.walks.value[k]!.id;
            const ys = logarithmic ? run.map((v) => Math.max(v - shift, floor / 3)) : run;
            return (
              <path key={id} class="line" stroke={walkColour(id)} stroke-dasharray={walkDash(id)}
                d={linePath(frame, COUNTED, ys)} />
            );
          })}
          <path class="axis" d={`M${frame.x(state.stepShown.value)} 0V${frame.height}`} />
        </>
      )}
    </Chart>
  );
}

/** The step that is looked at, and what it came to. */
const oneStep = computed(() => {
  const t = state.trajectory.value;
  const last = t.points.length - 1;
  const k = Math.min(state.stepShown.value, Math.max(0, last - 1));
  if (!last) return { last, k, promised: 0, second: 0, actual: 0 };
  const step = t.points[k + 1]!.map((x, i) => x - t.points[k]![i]!);
  const promised = dot(t.gradients[k]!, step);
  const { hessian } = state.formula.value.at(t.points[k]!);
  const second = promised + 0.5 * dot(step, hessian.map((row) => dot(row, step)));
  return { last, k, promised, second, actual: t.values[k + 1]! - t.values[k]! };
});
const lastStep = computed(() => oneStep.value.last);
const shownStep = computed(() => oneStep.value.k);
const promised = computed(() => oneStep.value.promised);
const second = computed(() => oneStep.value.second);
const actual = computed(() => oneStep.value.actual);
const judged = computed(() => verdict(promised.value, actual.value));

/** What the gradient promised for one step, and what the step brought. */
function OneStep() {
  const [last, k] = [lastStep.value, shownStep.value];
  if (!last) return null;
  return (
    <div class="one-step">
      <div class="slider">
        <label for="step-shown">Look at step {k + 1} of {count(last, "step")}</label>
        <input id="step-shown" type="range" min="0" max={Math.max(1, last - 1)} step="1" value={k} disabled={last < 2}
          aria-valuetext={`step ${k + 1}`}
          onInput={(e) => (state.stepAsked.value = Math.min(last - 1, Number(e.currentTarget.value)))} />
      </div>
      <dl class="facts">
        <dt>First order promises <Tex tex="\nabla f\cdot\Delta x" /></dt><dd><Live value={promised} /></dd>
        <dt>With curvature <Tex tex="+\tfrac12\Delta x^{\mathrm{T}}H\Delta x" /></dt><dd><Live value={second} /></dd>
        <dt>What f really did</dt><dd><Live value={actual} /></dd>
      </dl>
      <p class="note">{judged}</p>
    </div>
  );
}

function verdict(promised: number, actual: number): string {
  if (!Number.isFinite(actual)) return "The step left the range of numbers.";
  if (!promised) return "The gradient promised nothing.";
  const kept = actual / promised;
  if (promised < 0 && actual > 0) return "The gradient promised a fall and f rose: the step is too long for the curvature here.";
  return `The step kept ${short(100 * kept, 3)} % of what the gradient promised${kept < 0.9 ? ": the longer the step, the less the gradient knows." : "."}`;
}
