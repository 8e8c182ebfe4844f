/** Another formula: typed, written into the page by Python, or told by a link. */

import { batch } from "@preact/signals";
import type { Data } from "./data";
import { FormulaError } from "./language/errors";
import { descend } from "./local/descent";
import { L2 } from "./local/norms";
import { ruleByName } from "./local/rules";
import { study, studyTape } from "./local/study";
import type { Study } from "./local/study";
import { suggestView } from "./plot/view";
import type { View } from "./plot/view";
import * as state from "./state";

let home: View | null = null;

/** Read what was typed; a refusal leaves the page as it is and says where the mistake is. */
export function enter(text: string): void {
  state.entry.value = text;
  try {
    const f = study(text);
    if (!f.dim) {
      state.refusal.value = new FormulaError(text, 0, "this formula has no variable", "use x, or x and y");
      return;
    }
    state.refusal.value = null;
    if (f.text === state.formula.value.text) return;
    state.stir();
    show(f);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    state.refusal.value = error;
  }
}

/** Start from what Python wrote into the page, or from what a link says. */
export function begin(data: Data): void {
  let f = state.formula.value;
  try {
    f = data.tape ? studyTape(data.tape, data.text, data.heading) : study(data.text);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    state.refusal.value = error;
  }
  state.entry.value = data.text;
  const box = data.box;
  const given = box
    ? {
        cx: (box[0]![0] + box[0]![1]) / 2,
        cy: box[1] ? (box[1][0] + box[1][1]) / 2 : 0,
        half: Math.max(...box.map(([lo, hi]) => (hi - lo) / 2)),
      }
    : undefined;
  batch(() => {
    show(f, data.at?.length === f.dim ? data.at : undefined, given);
    state.certified.value = data.critical;
    state.derived.value = data.derivation ?? null;
    state.normName.value = data.norm ?? "l2";
    state.openCard.value = data.card ?? state.openCard.value;
    if (data.walks?.length) state.walks.value = data.walks.slice(0, state.MOST_WALKS).map((w, id) => ({ id, ...w }));
  });
}

/** Study `f`; the point stays where it is if the variables are the same. */
function show(f: Study, point?: readonly number[], given?: View): void {
  batch(() => {
    const { formula, at } = state;
    const same = f.variables.join() === formula.value.variables.join();
    formula.value = f;
    state.certified.value = null;
    state.derived.value = null;
    at.value = point ?? (same ? at.value : f.variables.map((_, k) => [1, 2][k] ?? 1));
    state.axes.value = f.dim > 1 ? [0, 1] : [0, 0];
    state.stepAsked.value = 0;
    if (f.dim === 1 && state.openCard.value === "turn") state.openCard.value = "here";
    home = given ?? suggestView(f.at(at.value), state.plane.value);
    state.view.value = home;
    state.walks.value = [{ id: 0, rule: "fixed", stepSize: gentleStep() }];
    state.activeWalk.value = 0;
  });
}

/** Where the page opens, and what resetting shows again. */
export function setHome(view: View): void {
  state.view.value = home = view;
}

export function resetView(): void {
  if (home) state.view.value = home;
}

/** The longest of some usual step sizes with which a fixed step does well from the point. */
export function gentleStep(): number {
  for (const eta of [0.1, 0.03, 0.01, 0.003, 0.001, 0.0003]) {
    const { outcome, values } = descend(state.formula.value, state.at.value, ruleByName("fixed"), eta, L2, 200);
    const steady = values.every((v, n) => n === 0 || v <= values[n - 1]! + 1e-9 * Math.abs(v));
    if (outcome === "converged" || (outcome === "step_limit" && steady)) return eta;
  }
  return 0.1;
}
