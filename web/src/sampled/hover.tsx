/** The loss under the mouse, without moving the point. */

import { computed, signal } from "@preact/signals";
import { scale } from "../plot/curve";
import { screen } from "../plot/screen";
import * as state from "../state";
import { point as shown, short } from "../words";

const under = signal<readonly number[] | null>(null);

export function follow(event: PointerEvent): void {
  const plot = (event.currentTarget as Element).querySelector(".plot");
  if (event.pointerType !== "mouse" || event.buttons || !plot) return leave();
  const box = plot.getBoundingClientRect();
  const { fromX, fromY, width, height } = screen.value;
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const inside = x >= 0 && y >= 0 && x <= width && y <= height;
  under.value = inside ? [fromX(x), fromY(y)].slice(0, state.studied.peek().dim) : null;
}

export function leave(): void {
  under.value = null;
}

const words = computed(() => {
  const at = under.value;
  if (!at) return "";
  const value = state.studied.value.value(at);
  const where = at.length === 1 ? short(at[0]!, 3) : shown(at, 3);
  return Number.isNaN(value) ? `no value at ${where}` : `loss ${short(value)} at ${where}`;
});

/** On a curve a ring on it says which place is meant. */
const ring = computed(() => {
  const at = under.value;
  if (!at || at.length > 1) return null;
  const value = state.studied.value.value(at);
  return Number.isNaN(value) ? null : { x: scale.value.x(at[0]!), y: scale.value.y(value) };
});

export const Ring = () => (ring.value ? <circle class="hover-ring" cx={ring.value.x} cy={ring.value.y} r="5" /> : null);

export const Hover = () => <p class="hover-words" aria-hidden="true">{words}</p>;
