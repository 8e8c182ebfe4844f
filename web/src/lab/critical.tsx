/** Critical points with proof: asked of the lab for what is in view. */

import { effect } from "@preact/signals";
import type { Data } from "../data";
import * as state from "../state";
import { count, short } from "../words";
import { Bar, Reason } from "./bar";
import { inLab } from "./mode";
import { Work } from "./work";

type Proof = NonNullable<Data["critical"]> & { readonly boxes: number; readonly seconds: number };

const work = new Work<Proof>("critical");
effect(() => {
  const now = work.now.value;
  if (now.is === "done") state.certified.value = now.result;
});

/** The part of the domain that is in view, as the lab is asked for it. */
export function boxInView(): [number, number][] {
  const { x0, x1, y0, y1 } = state.bounds.value;
  const box: [number, number][] = [[round(x0), round(x1)], [round(y0), round(y1)]];
  return state.formula.value.dim === 1 ? box.slice(0, 1) : box;
}

// Four digits of the window's size: nobody can see more, and boxes read better.
function round(bound: number): number {
  const grain = 10 ** Math.floor(Math.log10(state.view.value.half) - 3);
  return Number((Math.round(bound / grain) * grain).toPrecision(12));
}

export function Prove() {
  if (!inLab.value) return null;
  const now = work.now.value;
  if (work.busy) return <Bar work={work} words={now.is === "running" ? told(now.progress) : ""} />;
  const proved = state.certified.value;
  const box = boxInView();
  const same = proved && box.join() === proved.box.join();
  return (
    <div class="lab-ask">
      {now.is === "done" && proved && <p class="note" role="status">{`${count(now.result.boxes, "box")} examined in ${short(now.result.seconds, 2)} s.`}</p>}
      <Reason work={work} />
      {!same && (
        <button type="button" onClick={() => void work.start({ box })}>
          {proved ? "Prove what is in view now" : "Prove: every critical point in view"}
        </button>
      )}
    </div>
  );
}

function told({ boxes, found }: Readonly<Record<string, number>>): string {
  if (!boxes) return "Cutting the view into boxes …";
  return `${count(boxes, "box")} examined, ${found ? count(found, "point") : "no point"} found so far.`;
}
