/** Basins of attraction: which minimum the chosen rule reaches from every point in view. */

import { computed, signal } from "@preact/signals";
import { ruleByName, usesNorm } from "../local/rules";
import { basinPicture } from "../plot/basins";
import { parseHex } from "../plot/landscape";
import type { Laid } from "../plot/overlay";
import * as state from "../state";
import { Num } from "../tex";
import { dark } from "../theme";
import { inWords, point as shown, short, withMinus } from "../words";
import { Bar, Reason } from "./bar";
import { boxInView } from "./critical";
import { inLab } from "./mode";
import { sentence } from "./stream";
import { decode } from "./told";
import type { Basins } from "./told";
import { Work } from "./work";

const work = new Work<Basins>("basins");
const visible = signal(true);
const SAMPLES = 320; // starts along the longer side
const MAX_STEPS = 1000;
const LISTED = 6;

/** The map that is there, unless it is hidden or another card is open. */
export const drawn = computed(() => {
  const now = work.now.value;
  const card = state.openCard.value === "landscape";
  return now.is === "done" && visible.value && card && !state.isCurve.value ? now.result : null;
});

/** The map as a picture, between the landscape and the marks. */
export const laidBasins = computed<Laid | null>(() => {
  const map = drawn.value;
  if (!map) return null;
  const { labels, late } = decode(map);
  const colours = map.colours[dark.value ? "dark" : "light"].map(parseHex);
  const [[x0, x1], [y0, y1]] = map.box as [[number, number], [number, number]];
  return { picture: basinPicture(map.width, labels, (k) => late[k]! / 255, colours), part: { x0, x1, y0, y1 } };
});

export function BasinMap() {
  if (!inLab.value || state.formula.value.dim !== 2) return null;
  const now = work.now.value;
  return (
    <section class="lab-basins" aria-label="Basins of attraction">
      <h3>Basins</h3>
      {now.is === "done" && <Found map={now.result} />}
      {work.busy ? (
        <Bar work={work} {...progress(now.is === "running" ? now.progress : {})} />
      ) : (
        <div class="lab-ask">
          <Reason work={work} />
          <p class="note">From every point in view: {walk().words}.</p>
          <button type="button" onClick={() => void work.start(question())}>
            {now.is === "done" ? "Map them again" : "Map which minimum is reached from where"}
          </button>
        </div>
      )}
    </section>
  );
}

/** The descent under Walk, in words and as the lab is asked for it. */
function walk() {
  const chosen = state.chosenWalk.value;
  const rule = ruleByName(chosen.rule);
  const name = state.normName.value;
  const norm = usesNorm(rule) && (name === "l1" || name === "linf") ? name : "l2";
  const size = rule.stepSize === null ? null : chosen.stepSize;
  const measured = norm === "l2" ? "" : `, steps measured in ${norm === "l1" ? "ℓ1" : "ℓ∞"}`;
  return { rule, norm, size, words: `${rule.title.toLowerCase()}${size === null ? "" : `, η = ${short(size)}`}${measured}` };
}

function question() {
  const { rule, norm, size } = walk();
  const box = boxInView();
  const [w, h] = box.map(([lo, hi]) => hi - lo) as [number, number];
  const unit = Math.max(w, h) / SAMPLES;
  const resolution = [w, h].map((side) => Math.max(1, Math.round(side / unit)));
  return { box, rule: rule.name, step_size: size, norm, max_steps: MAX_STEPS, resolution };
}

function progress({ done, total }: Readonly<Record<string, number>>) {
  if (!total) return { words: "Walking down from every point in view …" };
  return { words: `${done!.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} descents have ended.`, share: done! / total };
}

function Found({ map }: { map: Basins }) {
  const colours = map.colours[dark.value ? "dark" : "light"];
  const percent = (count: number) => `${short((100 * count) / map.starts, 3)} %`;
  const more = map.minima.length - LISTED;
  return (
    <>
      <p class="lead">{map.minima.length ? verdict(map) : "No start in view reaches a minimum this way."}</p>
      <table class="critical-list">
        <thead><tr><th scope="col">Minimum</th><th scope="col">f</th><th scope="col">Reached by</th></tr></thead>
        <tbody>
          {map.minima.slice(0, LISTED).map((m, k) => (
            <tr key={k}>
              <td>
                <span class="basin-swatch" style={{ background: colours[k] }} aria-hidden="true" />{" "}
                <button type="button" class="plain" onClick={() => state.moveTo(m.at)} title="Move the point there">{shown(m.at)}</button>
              </td>
              <td>{m.value === null ? "–" : <Num value={m.value} />}</td>
              <td>{percent(m.count)}</td>
            </tr>
          ))}
          {more > 0 && <tr><td colSpan={3} class="quiet">and {more} more</td></tr>}
          {map.outcomes.map(({ outcome, sentence: how, count }) => (
            <tr key={outcome}>
              <td colSpan={2}><span class={`basin-swatch ${outcome === "diverged" ? "ink" : "line"}`} aria-hidden="true" /> {how}</td>
              <td>{percent(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="field">
        <input type="checkbox" checked={visible.value} onChange={(e) => (visible.value = e.currentTarget.checked)} /> show on the map; fainter where more steps are needed
      </label>
    </>
  );
}

function verdict({ minima, starts, verdict: told }: Basins): string {
  const proved = withMinus(told);
  const most = minima.reduce((a, b) => (b.count > a.count ? b : a));
  const share = `from ${short((100 * most.count) / starts, 3)} % of the starts`;
  const where = shown(most.at);
  if (minima.length === 1) return `The minimum at ${where} is reached ${share}. ${proved}`;
  return `${sentence(inWords(minima.length)).slice(0, -1)} minima are reached; the one at ${where} most often, ${share}. ${proved}`;
}
