/**
 * What is shown, as an address that can be sent, reloaded and gone back to:
 *
 *     #f=x^2+3y^2&at=1,2&see=0,0,4&card=walk&walk=fixed,0.1&walk=adam,0.01&norm=l1
 *
 * The server never sees it: what follows the # stays in the browser.
 */

import { effect } from "@preact/signals";
import type { Data } from "../data";
import type { NormName } from "../local/norms";
import { RULES } from "../local/rules";
import { begin } from "../opening";
import * as state from "../state";
import type { CardName } from "../state";
import { asked, offered, readAsked } from "./exercises";
import type { Asked } from "./exercises";

const CARDS: readonly CardName[] = ["here", "turn", "walk", "landscape", "why", "practice"];
const NORMS: readonly NormName[] = ["l2", "l1", "linf", "quadratic"];
const QUIET = 250; // milliseconds without a change before the address follows

export interface Shown {
  readonly f: string;
  readonly at: readonly number[] | null;
  /** The view: its centre and half of its shorter side. */
  readonly see: readonly [number, number, number] | null;
  readonly card: CardName;
  readonly walks: readonly { rule: string; stepSize: number }[];
  readonly norm: NormName;
  /** The direction u, an angle in radians, and the two coordinates that are seen. */
  readonly u: number | null;
  readonly plane: readonly [number, number] | null;
  /** The exercise that is asked, where that card is open. */
  readonly exercise: Asked | null;
}

/** Readable where it can be: only what ends or separates parts is written as %XX. */
const written = (text: string): string =>
  encodeURIComponent(text).replace(/%(?:2B|5E|2F|2C)/g, (code) => decodeURIComponent(code));

export function write(now: Shown): string {
  const parts: [string, string][] = [["f", now.f]];
  if (now.at) parts.push(["at", now.at.join()]);
  if (now.see) parts.push(["see", now.see.join()]);
  if (now.plane) parts.push(["plane", now.plane.join()]);
  parts.push(["card", now.card]);
  for (const w of now.walks) parts.push(["walk", `${w.rule},${w.stepSize}`]);
  if (now.norm !== "l2") parts.push(["norm", now.norm]);
  if (now.u !== null) parts.push(["u", String(now.u)]);
  if (now.exercise) parts.push(["exercise", `${now.exercise.key},${now.exercise.seed}`]);
  return `#${parts.map(([key, value]) => `${key}=${written(value)}`).join("&")}`;
}

/** The twin of `write`. Anybody can write an address: what makes no sense in it is left out. */
export function read(hash: string): Shown | null {
  const parts = hash.replace(/^#/, "").split("&").map((part): [string, string] => {
    const cut = part.indexOf("=");
    return [part.slice(0, cut), plain(part.slice(cut + 1))];
  });
  const first = (key: string) => parts.find(([name]) => name === key)?.[1];
  const numbers = (key: string, count?: number) => {
    const all = (first(key) ?? "").split(",").map(Number);
    return first(key) && all.every(Number.isFinite) && (count ?? all.length) === all.length ? all : null;
  };
  const f = first("f");
  if (!f) return null;
  const see = numbers("see", 3);
  const plane = numbers("plane", 2);
  return {
    f,
    at: numbers("at"),
    see: see && see[2]! > 0 ? (see as [number, number, number]) : null,
    card: CARDS.find((c) => c === first("card") && (c !== "practice" || offered.peek().length)) ?? "here",
    walks: parts.filter(([key]) => key === "walk").flatMap(([, value]) => {
      const [rule, stepSize] = value.split(",");
      return RULES.some((r) => r.name === rule) && Number(stepSize) > 0 && Number(stepSize) < Infinity
        ? [{ rule: rule!, stepSize: Number(stepSize) }] : [];
    }),
    norm: NORMS.find((n) => n === first("norm")) ?? "l2",
    u: numbers("u", 1)?.[0] ?? null,
    plane: plane as [number, number] | null,
    exercise: readAsked(first("exercise")),
  };
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

const rounded = (x: number): number => Number(x.toPrecision(6));

function shownNow(): Shown {
  const { cx, cy, half } = state.view.value;
  return {
    f: state.formula.value.text,
    at: state.at.value,
    see: [rounded(cx), rounded(cy), rounded(half)],
    card: state.openCard.value,
    walks: state.walks.value.map(({ rule, stepSize }) => ({ rule, stepSize })),
    norm: state.normName.value,
    u: state.openCard.value === "turn" ? rounded(state.angle.value) : null,
    plane: state.isSlice.value ? state.axes.value : null,
    exercise: state.openCard.value === "practice" ? asked.value : null,
  };
}

/** The data with which the page opens at this address. */
function dataOf(shown: Shown, data: Data): Data {
  const { f, at, card, walks, norm } = shown;
  const critical = f === state.formula.peek().text ? state.certified.peek() : null;
  return { ...data, text: f, tape: null, at: at && [...at], box: null, critical, card, walks: [...walks], norm };
}

/** Show what the address says. */
function show(shown: Shown, data: Data): void {
  state.refusal.value = null;
  begin(dataOf(shown, data));
  const { key, seed } = shown.exercise ?? {};
  const now = asked.peek();
  if (shown.exercise && (key !== now?.key || seed !== now?.seed)) asked.value = shown.exercise;
  const { dim, text } = state.formula.peek();
  if (text !== shown.f) return;
  if (shown.see) state.view.value = { cx: shown.see[0], cy: shown.see[1], half: shown.see[2] };
  if (shown.u !== null) state.angle.value = shown.u;
  const [i, j] = shown.plane ?? [0, 1];
  if (dim > 2 && i !== j && [i, j].every((k) => Number.isInteger(k) && k >= 0 && k < dim)) state.axes.value = [i, j];
}

/** Begin at the address there is, and let the two follow each other from then on. */
export function followAddress(data: Data): void {
  const first = read(location.hash);
  if (first) show(first, data);
  else begin(data);
  addEventListener("popstate", () => {
    clearTimeout(timer);
    const shown = read(location.hash);
    if (shown) show(shown, data);
  });
  let timer = 0;
  effect(() => {
    const now = shownNow();
    if (state.refusal.value) return;
    clearTimeout(timer);
    timer = window.setTimeout(() => keep(now), QUIET);
  });
}

/** Another formula or card is another entry of the history; a moved point is the same one. */
function keep(now: Shown): void {
  const hash = write(now);
  if (hash === location.hash) return;
  const before = read(location.hash);
  const other = before?.exercise && (before.exercise.key !== now.exercise?.key || before.exercise.seed !== now.exercise?.seed);
  const same = !before || (before.f === now.f && before.card === now.card && !other);
  history[same ? "replaceState" : "pushState"](null, "", hash);
}
