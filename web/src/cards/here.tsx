/** Here: value, gradient, steepest direction and curvature at the point. */

import { computed, useComputed } from "@preact/signals";
import { eigen, largest, length } from "../local/linear";
import * as state from "../state";
import { Column, Live, Tex } from "../tex";
import { point as shown, short, typed } from "../words";
import { variableLatex } from "../graph/typeset";

const value = computed(() => state.local.value.value);
const gradient = computed(() => state.local.value.gradient);
const slope = computed(() => gradient.value[0]!);
const steepness = computed(() => length(gradient.value));
const words = computed(sentence);

export function Here() {
  const f = state.formula.value;
  return (
    <>
      <p class="lead" aria-live="polite">{words}</p>
      <Coordinates />
      <dl class="facts" id="facts-here">
        <dt><Tex tex={f.signature} /></dt>
        <dd><Live value={value} /></dd>
        {state.hasGradient.value && (
          <>
            <dt><Tex tex={f.dim === 1 ? "f'" : "\\nabla f"} /></dt>
            <dd class="gradient">
              {f.dim === 1 ? <Live value={slope} /> : <Column values={gradient} name="the gradient" />}
            </dd>
            <dt><Tex tex={f.dim === 1 ? "|f'|" : "\\|\\nabla f\\|"} /></dt>
            <dd class="gradient"><Live value={steepness} /></dd>
          </>
        )}
      </dl>
      <Curvature />
      <Slice />
    </>
  );
}

function sentence(): string {
  const { value, gradient } = state.local.value;
  if (Number.isNaN(value)) return "f is undefined here: drag the point back into the domain.";
  if (!Number.isFinite(value)) return "f is infinite here.";
  if (state.kink.value) return state.kink.value;
  if (!gradient.every(Number.isFinite)) return "f has a value here but no gradient: it stands on an edge or a cusp.";
  const size = length(gradient);
  if (!size) return "The gradient is zero here: a critical point, where no direction is steepest.";
  if (state.isCurve.value) {
    return `To the ${gradient[0]! > 0 ? "right" : "left"} f rises, by ${short(size)} per unit.`;
  }
  return `Steepest ascent points to ${shown(gradient.map((g) => g / size), 2)} and rises ${short(size)} per unit.`;
}

/** The coordinates as fields, for those who know where they want to be. */
export const Coordinates = () => (
  <div class="coordinates">
    {state.studied.value.variables.map((name, k) => <Coordinate key={name} name={name} k={k} />)}
  </div>
);

function Coordinate({ name, k }: { name: string; k: number }) {
  const set = (event: Event) => {
    const wanted = Number((event.target as HTMLInputElement).value);
    if (Number.isFinite(wanted)) state.moveTo(state.at.value.map((x, i) => (i === k ? wanted : x)));
  };
  return (
    <label>
      <Tex tex={`${variableLatex(name)} =`} />
      <input
        type="number" step="any" value={useComputed(() => typed(state.at.value[k] ?? 0))} onChange={set}
        aria-label={`Coordinate ${name} of the point`}
      />
    </label>
  );
}

const hasCurvature = computed(
  () => state.hasGradient.value && state.local.value.hessian.every((row) => row.every(Number.isFinite)),
);
const bend = computed(() => state.local.value.hessian[0]![0]!);
const bending = computed(() =>
  bend.value > 0 ? "The curve bends upward here." : bend.value < 0 ? "The curve bends downward here." : "The curve is straight here.",
);
const eigenvalues = computed(() => {
  const { values } = eigen(state.local.value.hessian);
  // What is smaller than the rounding of the largest is nothing but that.
  const scale = largest(values);
  return values.map((v) => (Math.abs(v) < 1e-14 * scale ? 0 : v));
});
const shapeWords = computed(() => shape(eigenvalues.value));

function Curvature() {
  if (!hasCurvature.value) return null;
  if (state.isCurve.value) {
    return <p class="note">{bending} <Tex tex="f''" /> = <Live value={bend} /></p>;
  }
  return (
    <>
      <p class="note">{shapeWords}</p>
      <dl class="facts" id="facts-curvature">
        <dt>Eigenvalues of the Hessian</dt>
        <dd><Column values={eigenvalues} name="eigenvalues" /></dd>
      </dl>
    </>
  );
}

function shape(values: number[]): string {
  const scale = largest(values);
  const up = values.filter((v) => v > 1e-9 * scale).length;
  const down = values.filter((v) => v < -1e-9 * scale).length;
  if (!scale) return "The landscape is flat here: no curvature in any direction.";
  if (up === values.length) return "The landscape is a bowl here: curved upward in every direction.";
  if (down === values.length) return "The landscape is a dome here: curved downward in every direction.";
  if (up && down) return "The landscape is a saddle here: curved upward one way and downward another.";
  return up ? "The landscape is a trough here: curved upward one way, straight another." : "The landscape is a ridge here: curved downward one way, straight another.";
}

/** With three and more variables: which two are shown. */
function Slice() {
  if (!state.isSlice.value) return null;
  const { variables } = state.formula.value;
  const choose = (side: 0 | 1) => (event: Event) => {
    const k = Number((event.target as HTMLSelectElement).value);
    const [i, j] = state.axes.value;
    // Choosing the other axis's variable swaps the two.
    state.axes.value = side === 0 ? [k, k === j ? i : j] : [k === i ? j : i, k];
  };
  const pick = (side: 0 | 1, label: string) => (
    <label>
      {label}{" "}
      <select value={state.axes.value[side]} onChange={choose(side)}>
        {variables.map((name, k) => <option key={name} value={k}>{name}</option>)}
      </select>
    </label>
  );
  const fixed = variables
    .map((name, k) => (state.axes.value.includes(k) ? "" : `${name} = ${short(state.at.value[k]!)}`))
    .filter(Boolean)
    .join(", ");
  return (
    <div class="slice">
      <p class="note">The map is a slice through the point, with {fixed}. The arrow is the gradient's part in it.</p>
      <div class="pair">{pick(0, "Across")}{pick(1, "Up")}</div>
    </div>
  );
}
