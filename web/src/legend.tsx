/** The legend: what every colour on the map means, and nothing that is not there. */

import { computed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import * as state from "./state";
import { shownBasins } from "./cards/basins";
import { drawn } from "./lab/basins";
import { stationary } from "./plot/curve";
import { css, bandColours } from "./plot/landscape";
import { palette, symbols, walkColour, walkDash } from "./theme";
import { ruleByName } from "./local/rules";
import { Marker } from "./plot/walks";
import { called, short } from "./words";

export const Item = ({ swatch, children }: { swatch: ComponentChildren; children: ComponentChildren }) => (
  <li><svg width="30" height="14" aria-hidden="true">{swatch}</svg><span>{children}</span></li>
);

const arrow = (kind: string) => (
  <g class={`arrow ${kind}`}><path class="shaft" d="M2 7H20" /><path class="head" d="M28 7L18 2.6V11.4Z" /></g>
);

export function Legend() {
  const card = state.openCard.value;
  const curve = state.isCurve.value;
  const known = curve ? state.hasDirection.value : state.hasPlaneDirection.value;
  const l2 = state.norm.value.name === "l2";
  const found = curve ? stationary.value : state.critical.value;
  const kinds = new Set((state.certified.value?.points ?? found).map((p) => p.kind));
  return (
    <ul class="legend">
      {!curve && <Ramp />}
      {!curve && hasHoles.value && <Item swatch={<Hatch />}>f is undefined</Item>}
      <Item swatch={<circle class="point" cx="15" cy="7" r="6" />}>the point: drag it</Item>
      {!curve && hasLevelCurve.value && (
        <Item swatch={<path class="level-line" d="M1 7H29" />}>level curve f = {levelNow}</Item>
      )}
      {curve && <Item swatch={<path class="graph-line" d="M1 7H29" />}>the curve of f</Item>}
      {known && card !== "walk" && (curve || card !== "landscape") && (card !== "turn" || l2) && (
        <Item swatch={arrow("gradient")}>{curve ? "uphill" : "∇f, steepest ascent; longer where steeper"}</Item>
      )}
      {known && (curve ? card !== "walk" : card === "here" || card === "why") && (
        <Item swatch={<path class="tangent-line" d="M1 7H29" />}>{curve ? "tangent" : "tangent, at a right angle to ∇f"}</Item>
      )}
      {card === "turn" && !curve && <Item swatch={arrow("direction")}>direction u: turn it</Item>}
      {card === "turn" && !curve && <Item swatch={<rect class="ball-swatch" x="4" y="1.5" width="22" height="11" rx="5.5" />}>all steps of length one</Item>}
      {card === "turn" && known && !curve && <Item swatch={<path class="touching" d="M1 7H29" />}>equal slope, touching at the steepest</Item>}
      {card === "turn" && known && !curve && !l2 && <Item swatch={arrow("gradient best")}>u*, the steepest direction in this norm</Item>}
      {card === "walk" && state.walks.value.map((w) => (
        <Item key={w.id} swatch={
          <g class="walk active" style={{ color: walkColour(w.id) }}>
            <path class="line" d="M1 7H29" stroke-dasharray={walkDash(w.id)} /><Marker shape={w.id} x={15} y={7} />
          </g>}>
          {ruleByName(w.rule).title.toLowerCase()}
        </Item>
      ))}
      {card === "landscape" && known && !curve && hasGoal.value && (
        <>
          <Item swatch={<g class="down">{arrow("gradient")}</g>}>−∇f, steepest descent</Item>
          <Item swatch={<path class="way-line" d="M1 7H29" />}>the way to the minimum</Item>
        </>
      )}
      {card === "landscape" && (["minimum", "maximum", "saddle", "undecided"] as const).filter((k) => kinds.has(k)).map((k) => (
        <li key={k}><span class="symbol" aria-hidden="true">{symbols[k]}</span><span>{called(k)}{state.certified.value ? ", proved" : ", found"}</span></li>
      ))}
      {(shownBasins.value || drawn.value) && <li><span class="basin-swatch" style={{ background: walkColour(0) }} aria-hidden="true" /><span>tints: which minimum is reached from there, fainter in more steps</span></li>}
      {!curve && (
        <li class="toggle">
          <label><input type="checkbox" checked={state.showField.value} onChange={(e) => (state.showField.value = e.currentTarget.checked)} /> show the gradient everywhere</label>
        </li>
      )}
    </ul>
  );
}

const hasGoal = computed(() => state.minimumSought.value !== null);
const hasLevelCurve = computed(() => state.levelCurves.value.length > 0);
const levelNow = computed(() => short(state.localNowAndThen.value.value));
const hasHoles = computed(() => state.samples.value.values.some(Number.isNaN));

export const Hatch = () => (
  <g class="hatch">
    <rect x="4" y="1" width="22" height="12" />
    <path d="M4 9L12 1M8 13L20 1M16 13L26 3M24 13L26 11" />
  </g>
);

/** The landscape's colours with the values at their ends. */
export function Ramp({ exact = false }: { exact?: boolean }) {
  const levels = state.levels.value;
  if (levels.length < 2) return <li><span>f is constant here, or undefined</span></li>;
  const colours = bandColours(palette.value, levels.length - 1);
  // Ends are told to a hundredth of the range or so, in whole digits.
  const grain = 10 ** Math.floor(Math.log10((levels.at(-1)! - levels[0]!) / 50));
  const [low, high] = [levels[0]!, levels.at(-1)!].map((v) => short(exact ? v : Math.round(v / grain) * grain, 3));
  return (
    <li class="ramp">
      <span>{low}</span>
      <svg width="120" height="14" aria-hidden="true">
        {colours.map((c, k) => <rect key={k} x={(k * 120) / colours.length} width={120 / colours.length + 0.5} height="14" fill={css(c)} />)}
      </svg>
      <span>{high}</span>
      <span class="visually-hidden">values of f from low to high</span>
    </li>
  );
}
