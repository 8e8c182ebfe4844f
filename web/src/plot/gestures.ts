/** Pointer, wheel and keyboard on the map. */

import { ballScale } from "./marks";
import { pointOnScreen, screen } from "./screen";
import { zoomed } from "./view";
import { resetView } from "../opening";
import * as state from "../state";

type Drag =
  | { kind: "point"; dx: number; dy: number }
  | { kind: "turn" }
  | { kind: "pan"; x: number; y: number; moved: boolean }
  | { kind: "pinch"; apart: number };

const NEAR = 26; // pixels within which a press takes the point
const STILL = 4; // pixels a press may move and still be a click

let drag: Drag | null = null;
const pointers = new Map<number, { x: number; y: number }>();

/** Where the direction's knob stands, in pixels. */
export function knob(): readonly [number, number] {
  const [px, py] = pointOnScreen.value;
  const [ux, uy] = state.direction.value as [number, number];
  const scale = ballScale.value;
  return [px + scale * ux, py - scale * uy];
}

function place(event: PointerEvent | WheelEvent): { x: number; y: number } {
  const box = (event.currentTarget as Element).getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

/** What a press at (x, y) takes: the direction's knob, the point, or neither. */
function taken(x: number, y: number): "turn" | "point" | null {
  const [px, py] = pointOnScreen.value;
  const [kx, ky] = knob();
  const turning = state.openCard.value === "turn" && !state.isCurve.value;
  const toKnob = turning ? Math.hypot(x - kx, y - ky) : Infinity;
  const toPoint = Math.hypot(x - px, y - (state.isCurve.value ? y : py));
  if (toKnob < NEAR && toKnob < toPoint) return "turn";
  return toPoint < NEAR ? "point" : null;
}

/** A finger on a handle drags it; anywhere else it may scroll the page. */
export function touchStart(event: TouchEvent): void {
  const box = (event.currentTarget as Element).getBoundingClientRect();
  const touch = event.touches[0]!;
  if (event.touches.length > 1 || taken(touch.clientX - box.left, touch.clientY - box.top)) {
    event.preventDefault();
  }
}

export function pointerDown(event: PointerEvent): void {
  if (event.button !== 0) return;
  const here = place(event);
  (event.currentTarget as Element).setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, here);
  if (pointers.size === 2) {
    drag = { kind: "pinch", apart: spread() };
    return;
  }
  const handle = taken(here.x, here.y);
  if (handle === "turn") {
    drag = { kind: "turn" };
    focusOn("knob");
  } else if (handle === "point") {
    const [px, py] = pointOnScreen.value;
    drag = { kind: "point", dx: px - here.x, dy: py - here.y };
    focusOn("point");
  } else {
    drag = { kind: "pan", ...here, moved: false };
  }
}

// A pointer may report more often than the screen shows: its last place in a frame counts.
const moves = new Map<number, { x: number; y: number }>();
let frame = 0;

export function pointerMove(event: PointerEvent): void {
  if (!drag || !pointers.has(event.pointerId)) return;
  moves.set(event.pointerId, place(event));
  frame ||= requestAnimationFrame(follow);
}

/** Do what the pointers' moves ask for. */
function follow(): void {
  cancelAnimationFrame(frame);
  frame = 0;
  for (const [id, here] of moves) move(id, here);
  moves.clear();
}

function move(id: number, here: { x: number; y: number }): void {
  const before = pointers.get(id);
  if (!drag || !before) return;
  pointers.set(id, here);
  const { fromX, fromY } = screen.value;
  if (drag.kind === "point") {
    goTo(here.x + drag.dx, here.y + drag.dy);
  } else if (drag.kind === "turn") {
    const [px, py] = pointOnScreen.value;
    if (here.x !== px || here.y !== py) state.angle.value = Math.atan2(py - here.y, here.x - px);
  } else if (drag.kind === "pinch" && pointers.size === 2) {
    const apart = spread();
    const [a, b] = [...pointers.values()] as [{ x: number; y: number }, { x: number; y: number }];
    state.view.value = zoomed(state.view.value, drag.apart / apart, fromX((a.x + b.x) / 2), fromY((a.y + b.y) / 2));
    drag.apart = apart;
    state.stir();
  } else if (drag.kind === "pan") {
    if (!drag.moved && Math.hypot(here.x - drag.x, here.y - drag.y) < STILL) return;
    drag.moved = true;
    const unit = state.pixel.value;
    const { cx, cy, half } = state.view.value;
    state.view.value = { cx: cx - (here.x - before.x) * unit, cy: cy + (here.y - before.y) * unit, half };
    state.stir();
  }
}

export function pointerUp(event: PointerEvent): void {
  follow();
  pointers.delete(event.pointerId);
  if (drag?.kind === "pan" && !drag.moved && event.type === "pointerup") {
    goTo(drag.x, drag.y);
    focusOn("point");
  }
  drag = null;
}

/** Take the point to a place on the screen; on a curve only the place across counts. */
function goTo(x: number, y: number): void {
  const { fromX, fromY } = screen.value;
  if (state.isCurve.value) state.moveTo([fromX(x)]);
  else state.moveInPlane(fromX(x), fromY(y));
}

function spread(): number {
  const [a, b] = [...pointers.values()];
  return Math.max(10, Math.hypot(a!.x - b!.x, a!.y - b!.y));
}

const focusOn = (handle: string): void =>
  document.querySelector<SVGElement>(`[data-handle="${handle}"]`)?.focus({ preventScroll: true });

/** The wheel zooms once the map has been touched, or with Ctrl; else it scrolls the page. */
export function wheel(event: WheelEvent): void {
  const active = (event.currentTarget as Element).contains(document.activeElement);
  if (!active && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const here = place(event);
  const { fromX, fromY } = screen.value;
  const turn = event.deltaMode === 1 ? 16 * event.deltaY : event.deltaY;
  state.view.value = zoomed(state.view.value, 1.0018 ** Math.max(-200, Math.min(200, turn)), fromX(here.x), fromY(here.y));
  state.stir();
}

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
};

/** Arrow keys move the point: a hundredth of the window, ten times more with Shift, less with Alt. */
export function pointKey(event: KeyboardEvent): void {
  const arrow = ARROWS[event.key];
  const { cy, half } = state.view.value;
  if (event.key === "+" || event.key === "=") state.view.value = zoomed(state.view.value, 0.8);
  else if (event.key === "-") state.view.value = zoomed(state.view.value, 1.25);
  else if (event.key === "0" || event.key === "Home") resetView();
  else if (arrow) {
    const step = (half / 50) * (event.shiftKey ? 10 : event.altKey ? 0.1 : 1);
    const [i, j] = state.axes.value;
    const tidy = (v: number) => Number(v.toPrecision(12));
    const x = tidy(state.at.value[i]! + arrow[0] * step);
    if (state.isCurve.value) state.moveTo([x]);
    else state.moveInPlane(x, tidy(state.at.value[j]! + arrow[1] * step));
    followPoint(cy, half);
  } else return;
  event.preventDefault();
}

/** Keep a point that leaves the window by keyboard in sight. */
function followPoint(cy: number, half: number): void {
  const { x0, x1, y0, y1 } = state.bounds.value;
  const [i, j] = state.axes.value;
  const [x, y] = [state.at.value[i]!, state.isCurve.value ? cy : state.at.value[j]!];
  if (x < x0 || x > x1 || y < y0 || y > y1) state.view.value = { cx: x, cy: y, half };
}

/** Arrow keys turn the direction by one degree, with Shift by fifteen. */
export function turnKey(event: KeyboardEvent): void {
  const sense = { ArrowLeft: 1, ArrowUp: 1, ArrowRight: -1, ArrowDown: -1 }[event.key];
  if (!sense) return;
  const turned = state.angle.value + (sense * (event.shiftKey ? 15 : 1) * Math.PI) / 180;
  state.angle.value = Math.atan2(Math.sin(turned), Math.cos(turned));
  event.preventDefault();
}

