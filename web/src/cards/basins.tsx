/** Basins of attraction, worked out in this page while nothing else needs the time. */

import { computed, effect, signal } from "@preact/signals";
import { BasinWork, UNREACHED } from "../local/basins";
import type { BasinMap, Minimum, Walked } from "../local/basins";
import { inLab } from "../lab/mode";
import { ruleByName } from "../local/rules";
import { basinColour, basinPicture, hues } from "../plot/basins";
import type { Laid } from "../plot/overlay";
import * as state from "../state";
import { Num } from "../tex";
import { count, inWords, point as shown, short } from "../words";

const CELL = 5; // pixels
const BUDGET = 6; // milliseconds of a frame
const PAUSE = 120; // milliseconds after the point moved, in which only the point matters
const SHOWN_EVERY = 150; // milliseconds between pictures of a map in the making
const LISTED = 6;

export const basinsOn = signal(false);
const map = signal<BasinMap | null>(null);

/** The map that lies on the landscape now. */
export const shownBasins = computed(() =>
  basinsOn.value && state.openCard.value === "landscape" && !inLab.value && state.formula.value.dim === 2 ? map.value : null,
);

/** The same as a picture, between the landscape and the marks. */
export const laidOwnBasins = computed<Laid | null>(() => {
  const now = shownBasins.value;
  if (!now) return null;
  const { asked, labels, steps, minima } = now;
  const reached = steps.filter((_, k) => labels[k]! >= 0).sort();
  const few = reached[Math.floor(0.02 * reached.length)] ?? 0;
  const many = reached[Math.floor(0.98 * reached.length)] ?? 0;
  const late = (k: number) => Math.min(1, Math.max(0, (steps[k]! - few) / Math.max(1, many - few)));
  return { picture: basinPicture(asked.columns, labels, late, hues(minima.length)), part: asked.bounds };
});

/** What is to be walked; null while it is not asked for or the map is being moved. */
const asked = computed<Walked | null>(() => {
  const wanted = basinsOn.value && !inLab.value && !state.moving.value && state.openCard.value === "landscape";
  if (!wanted || state.formula.value.dim !== 2) return null;
  const { width, height } = state.size.value;
  const [columns, rows] = [Math.ceil(width / CELL), Math.ceil(height / CELL)];
  const chosen = state.chosenWalk.value;
  const [rule, stepSize] = [ruleByName(chosen.rule), chosen.stepSize];
  return { f: state.formula.value, bounds: state.bounds.value, columns, rows, rule, stepSize, norm: state.basinNorm.value };
});

let last = 0;
effect(() => {
  state.at.value;
  last = performance.now();
});

effect(() => {
  const question = asked.value;
  if (map.peek()?.asked.f !== state.formula.value) map.value = null;
  if (!question) return;
  const task = new BasinWork(question);
  let frame = 0;
  let pictured = 0;
  const run = (now: number) => {
    if (performance.now() - last > PAUSE) {
      const until = performance.now() + BUDGET;
      task.go(() => performance.now() > until);
      if (task.finished || now - pictured > SHOWN_EVERY) [pictured, map.value] = [now, task.map()];
    }
    if (!task.finished) frame = requestAnimationFrame(run);
  };
  frame = requestAnimationFrame(run);
  return () => cancelAnimationFrame(frame);
});

const OUTCOMES: Record<number, string> = {
  [UNREACHED.diverged]: "diverge",
  [UNREACHED.not_a_minimum]: "stop where no minimum is",
  [UNREACHED.left_domain]: "leave the domain",
  [UNREACHED.step_limit]: "are still under way after 1,000 steps",
  [UNREACHED.not_finite_at_start]: "cannot start: f is undefined there",
};

export function OwnBasinMap() {
  if (inLab.value || state.formula.value.dim !== 2) return null;
  const chosen = state.chosenWalk.value;
  const rule = ruleByName(chosen.rule);
  const size = rule.stepSize === null ? "" : `, η = ${short(chosen.stepSize)}`;
  return (
    <section class="lab-basins" aria-label="Basins of attraction">
      <h3>Basins</h3>
      <label class="field">
        <input type="checkbox" checked={basinsOn.value} onChange={(e) => (basinsOn.value = e.currentTarget.checked)} />{" "}
        show which minimum is reached from where, by {rule.title.toLowerCase()}{size}
      </label>
      {shownBasins.value && <Reached map={shownBasins.value} />}
    </section>
  );
}

function Reached({ map: { minima, unreached, done, total } }: { map: BasinMap }) {
  const percent = (n: number) => `${short((100 * n) / Math.max(1, done), 3)} %`;
  const ready = done === total;
  return (
    <>
      {!ready && (
        <div class="lab-bar">
          <div class="bar" role="progressbar" aria-label="Descents walked" aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round((100 * done) / total)}>
            <div style={{ width: `${(100 * done) / total}%` }} />
          </div>
        </div>
      )}
      {ready && (
        <p class="note" role="status">
          {told(minima, total)} Descents say what they met, and prove nothing about what they did not.
        </p>
      )}
      <table class="critical-list">
        <thead><tr><th scope="col">Minimum</th><th scope="col">f</th><th scope="col">Reached by</th></tr></thead>
        <tbody>
          {minima.slice(0, LISTED).map((m, k) => (
            <tr key={k}>
              <td>
                <span class="basin-swatch" style={{ background: basinColour(k, minima.length) }} aria-hidden="true" />{" "}
                <button type="button" class="plain" onClick={() => state.moveTo(m.at)} title="Move the point there">{shown(m.at)}</button>
              </td>
              <td><Num value={m.value} /></td>
              <td>{percent(m.count)}</td>
            </tr>
          ))}
          {minima.length > LISTED && <tr><td colSpan={3} class="quiet">and {minima.length - LISTED} more</td></tr>}
          {[...unreached].sort((a, b) => b[1] - a[1]).map(([label, n]) => (
            <tr key={`u${label}`}>
              <td colSpan={2}><span class={`basin-swatch ${label === UNREACHED.diverged ? "ink" : "line"}`} aria-hidden="true" /> {OUTCOMES[label]}</td>
              <td>{percent(n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

/** How many of the starts in view reach a minimum, and which they reach most often. */
function told(minima: readonly Minimum[], total: number): string {
  if (!minima.length) return "No start in view reaches a minimum this way.";
  const share = (n: number) => `${short((100 * n) / total, 3)} %`;
  const reached = minima.reduce((sum, m) => sum + m.count, 0);
  const starts = `${count(total, "start")} in view`;
  const who = reached === total ? `All ${starts} reach` : `${share(reached)} of the ${starts} reach`;
  if (minima.length === 1) return `${who} one minimum.`;
  const most = minima.reduce((a, b) => (b.count > a.count ? b : a));
  return `${who} ${inWords(minima.length)} minima; most, ${share(most.count)}, the one at ${shown(most.at)}.`;
}
