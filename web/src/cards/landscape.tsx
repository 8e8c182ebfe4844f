/** Landscape: critical points, the surface, and why −∇f does not point to the minimum. */

import { BasinMap } from "../lab/basins";
import { Prove } from "../lab/critical";
import { inLab } from "../lab/mode";
import { dot, length } from "../local/linear";
import { stationary } from "../plot/curve";
import * as state from "../state";
import { symbols } from "../theme";
import { Num } from "../tex";
import { called, count, degrees, inWords, point as shown, short, withMinus } from "../words";
import { OwnBasinMap } from "./basins";
import { Surface } from "./surface";

interface Listed { readonly at: readonly number[]; readonly value: number; readonly kind: keyof typeof symbols; readonly radius?: number }

export function Landscape() {
  const f = state.formula.value;
  if (f.dim === 1) return <CurveList />;
  return (
    <>
      <Way />
      <Surface />
      {f.dim === 2 && <CriticalList />}
      {f.dim === 2 && <Prove />}
      <BasinMap />
      <OwnBasinMap />
    </>
  );
}

/** The third misconception: −∇f is the way down, not the way to the minimum. */
function Way() {
  const goal = state.minimumSought.value;
  const g = state.local.value.gradient;
  const far = goal ? length(goal.at.map((x, k) => x - state.at.value[k]!)) : 0;
  if (goal && far < 1e-6 * state.view.value.half) return <p class="lead">The point stands on the minimum.</p>;
  if (!state.hasDirection.value) {
    return <p class="lead">{state.kink.value || "There is no gradient to follow here: it is zero, or does not exist."}</p>;
  }
  if (!goal) return <p class="lead">No minimum is in view, and the descent under Walk reaches none: there is no way to compare −∇f with.</p>;
  const way = goal.at.map((x, k) => x - state.at.value[k]!);
  const apart = Math.acos(Math.min(1, Math.max(-1, -dot(g, way) / (length(g) * far))));
  return (
    <p class="lead" aria-live="polite">
      −∇f points <b class="gradient">{degrees(apart)}</b> away from {goal.words}, {shown(goal.at)}.{" "}
      {apart < 0.02 ? "Here the two agree; move the point and they part." : "The gradient knows the slope here, not where the minimum is."}
    </p>
  );
}

function CriticalList() {
  if (state.certified.value) return <Proved />;
  const found = state.critical.value;
  return (
    <>
      <p class="note">
        {found.length ? `In view: ${counted(found)}.` : "No critical point was found in view."}{" "}
        They were found by Newton's method from 576 starts, which proves nothing about completeness
        {inLab.value ? "." : <>; <code>steepest critical</code> and <code>steepest lab</code> prove it.</>}
      </p>
      <List points={found} />
    </>
  );
}

/** What Python proved, in the page from the start or told by the lab. */
function Proved() {
  const proved = state.certified.value!;
  const box = proved.box.map(([lo, hi]) => `[${short(lo)},\u00a0${short(hi)}]`).join(" × ");
  const all = Object.values(proved.counts ?? {}).reduce((a, b) => a + b, 0) || proved.points.length;
  const why = proved.sentence?.slice(proved.sentence.indexOf(". ") + 2);
  return (
    <>
      <p class="note">
        {all ? <>Proved by interval arithmetic: {proved.complete ? "" : "at least "}{counted(proved.points, proved.counts)} in {box}.</> : proved.complete ? <>Proved by interval arithmetic: no critical point in {box}.</> : <>No critical point is proved in {box}.</>}{" "}
        {proved.complete ? "The list is complete." : (why && withMinus(why)) ?? (proved.undecided ? `${count(proved.undecided, "place")} could not be decided.` : "The list may not be complete.")}
      </p>
      {all > proved.points.length && <p class="note">The map and the table show the {proved.points.length.toLocaleString("en-US")} lowest.</p>}
      <List points={proved.points} all={all} />
    </>
  );
}

function CurveList() {
  if (state.certified.value) return <><Proved /><Prove /></>;
  const found: Listed[] = stationary.value.map((s) => ({ at: [s.at], value: s.value, kind: s.kind }));
  return (
    <>
      <p class="lead">{found.length ? `In view the slope changes its sign at ${counted(found)}.` : "In view the slope never changes its sign."}</p>
      <List points={found} />
      <Prove />
    </>
  );
}

const KINDS = ["minimum", "maximum", "saddle", "undecided"] as const;
const PLURAL = { minimum: "minima", maximum: "maxima", saddle: "saddles", undecided: "degenerate points" };

function counted(
  points: readonly { kind: (typeof KINDS)[number] }[], counts?: Partial<Record<(typeof KINDS)[number], number>>,
): string {
  const parts = KINDS.flatMap((kind) => {
    const n = counts ? (counts[kind] ?? 0) : points.filter((p) => p.kind === kind).length;
    return n ? [`${inWords(n)} ${n === 1 ? (kind === "undecided" ? "degenerate point" : kind) : PLURAL[kind]}`] : [];
  });
  return parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : (parts[0] ?? "no critical point");
}

const MOST = 12;

function List({ points, all = points.length }: { points: readonly Listed[]; all?: number }) {
  if (!points.length) return null;
  const go = (p: Listed) => () => state.moveTo(p.at);
  const proved = points[0]!.radius !== undefined;
  return (
    <table class="critical-list">
      <thead><tr><th scope="col">Kind</th><th scope="col">At</th><th scope="col">f</th>{proved && <th scope="col" class="radius"><span aria-hidden="true">±</span><span class="visually-hidden">Radius</span></th>}</tr></thead>
      <tbody>
        {points.slice(0, MOST).map((p, k) => (
          <tr key={k}>
            <td><span class="symbol" aria-hidden="true">{symbols[p.kind]}</span> {called(p.kind)}</td>
            <td><button type="button" class="plain" onClick={go(p)} title="Move the point there">{shown(p.at)}</button></td>
            <td><Num value={p.value} /></td>
            {proved && <td class="radius quiet"><Num value={p.radius!} digits={2} /></td>}
          </tr>
        ))}
        {all > MOST && <tr><td colSpan={proved ? 4 : 3} class="quiet">and {count(all - MOST, "more point")}</td></tr>}
      </tbody>
    </table>
  );
}
