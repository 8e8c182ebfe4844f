/** Derivatives as Python simplifies and typesets them, and the way to them, rule by rule. */

import { useEffect } from "preact/hooks";
import type { Symbolic } from "../data";
import * as state from "../state";
import { Unfolding } from "../unfolding";
import { Bar, Reason } from "./bar";
import { inLab } from "./mode";
import { Work } from "./work";

const work = new Work<Symbolic>("symbolic");
const PAUSE = 400; // milliseconds without typing before the lab is asked

/** What Python wrote into the page, or what the lab has told by now. */
function told(): Symbolic | null {
  const now = work.now.value;
  return state.derived.value ?? (now.is === "done" ? now.result : null);
}

/** The derivatives in LaTeX: Python's once it has told them, the page's own until then. */
export function derivatives(): { gradient: readonly string[]; hessian: readonly (readonly string[])[] } {
  const f = state.formula.value;
  return told() ?? { gradient: f.gradientLatex, hessian: f.hessianLatex };
}

export function Steps() {
  const f = state.formula.value;
  useEffect(() => {
    if (!inLab.value || state.derived.peek() || work.now.peek().is !== "idle") return;
    const timer = setTimeout(() => void work.start({}), PAUSE);
    return () => clearTimeout(timer);
  }, [f]);
  const symbolic = told();
  if (symbolic) return <Unfolding {...symbolic} />;
  if (!inLab.value) {
    return <p class="note absent">The steps in between, each checked, are worked out by <code>steepest derive</code> and in <code>steepest lab</code>.</p>;
  }
  return work.busy ? <Bar work={work} words="Working out the steps …" /> : <Reason work={work} />;
}
