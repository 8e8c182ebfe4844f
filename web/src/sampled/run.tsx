/** Run: how much of the training the slice shows, and how far the training lies off it. */

import { computed } from "@preact/signals";
import { Chart, linePath } from "../plot/chart";
import * as state from "../state";
import { Live } from "../tex";
import { walkColour } from "../theme";
import { short } from "../words";

const run = computed(() => state.sampled.value!.run);
const distances = computed(() => state.sampled.value!.data.trajectory!.distances.map((d) => d ?? NaN));
const numbers = computed(() => Float64Array.from(distances.value, (_, k) => k + 1));
const last = computed(() => distances.value.length - 1);
const what = computed(() => (state.isCurve.value ? "line" : "plane"));
const far = computed(() => distances.value[state.stepShown.value]!);
const below = computed(() => run.value.values[state.stepShown.value]!);

function sentence(): string {
  const { share } = state.sampled.value!.data.trajectory!;
  const off = distances.value;
  const farthest = off.reduce((best, d, k) => (d > (off[best] ?? -1) || Number.isNaN(off[best]!) ? k : best), 0);
  const seen = share === null ? "" : `The ${what.value} shows ${short(100 * share)} % of the run's spread. `;
  if (!(off[farthest]! > 0)) return `${seen}The run lies within it.`;
  const place = farthest === 0 ? "its start" : farthest === last.value ? "its end" : `its point ${farthest + 1}`;
  return `${seen}The run lies up to ${short(off[farthest]!, 3)} off it, at ${place}.`;
}

export function Run() {
  const k = state.stepShown.value;
  return (
    <>
      <p class="lead" id="share">{sentence()}</p>
      <div class="slider">
        <label for="step-shown">Look at the run's point {k + 1} of {last.value + 1}</label>
        <input
          id="step-shown" type="range" min="0" max={Math.max(1, last.value)} step="1" value={k} disabled={last.value < 1}
          aria-valuetext={`point ${k + 1}`} onInput={(e) => (state.stepAsked.value = Number(e.currentTarget.value))}
        />
      </div>
      <dl class="facts" id="facts-run">
        <dt>Its distance from the {what.value}</dt><dd><Live value={far} /></dd>
        <dt>Loss of the {what.value} at its foot</dt><dd><Live value={below} /></dd>
      </dl>
      <Series title={`Distance from the ${what.value} at each point of the run`} values={distances.value} />
      <Series title={`Loss of the ${what.value} at the foot of each point`} values={run.value.values} loss />
      <p class="note">
        What is drawn is the run's shadow: each point's foot on the {what.value}. The farther the run lies off it, the
        less the loss there tells of the run's own. Spread is the sum of squared distances from the origin.
      </p>
      <div class="row-of-buttons">
        <button type="button" onClick={() => state.moveTo(run.value.points[k]!)}>Put the point at this foot</button>
      </div>
    </>
  );
}

function Series({ title, values, loss = false }: { title: string; values: number[]; loss?: boolean }) {
  const known = values.filter(Number.isFinite);
  if (!known.length) return null;
  let [low, high] = [Infinity, -Infinity];
  for (const v of known) [low, high] = [Math.min(low, v), Math.max(high, v)];
  const logarithmic = loss && state.logarithmic.value;
  const pad = 0.06 * (high - low) || 0.5 * Math.abs(high) || 1;
  const range: [number, number] = logarithmic ? [low / 1.3, high * 1.3] : loss ? [low - pad, high + pad] : [0, high + pad];
  return (
    <Chart label={title} title={title} xRange={[1, Math.max(2, last.value + 1)]} yRange={range} logarithmic={logarithmic}
      onPointer={(x) => (state.stepAsked.value = Math.max(0, Math.min(Math.round(x) - 1, last.value)))}>
      {(frame) => {
        const k = state.stepShown.value;
        return (
          <>
            <path class="line" stroke={walkColour(0)} d={linePath(frame, numbers.value, values)} />
            <path class="axis" d={`M${frame.x(k + 1)} 0V${frame.height}`} />
            {Number.isFinite(values[k]) && <circle cx={frame.x(k + 1)} cy={frame.y(values[k]!)} r="4" fill={walkColour(0)} />}
          </>
        );
      }}
    </Chart>
  );
}
