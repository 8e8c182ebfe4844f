/** From the function's coordinates to pixels and back. */

import { computed } from "@preact/signals";
import { at, axes, bounds, pixel, size } from "../state";

export const screen = computed(() => {
  const { x0, y1 } = bounds.value;
  const unit = pixel.value;
  return {
    x: (x: number) => (x - x0) / unit,
    y: (y: number) => (y1 - y) / unit,
    fromX: (px: number) => x0 + px * unit,
    fromY: (py: number) => y1 - py * unit,
    ...size.value,
  };
});

/** Where the point stands, in pixels. */
export const pointOnScreen = computed(() => {
  const { x, y } = screen.value;
  const [i, j] = axes.value;
  return [x(at.value[i]!), y(at.value[j]!)] as const;
});

/** A curve as an SVG path, in tenths of pixels; pieces far outside are left out. */
export function pathOf(curve: readonly number[]): string {
  const { x, y, width, height } = screen.value;
  const [farX, farY] = [20 * width, 20 * height];
  let d = "";
  let pen = false;
  for (let k = 0; k < curve.length; k += 2) {
    const px = x(curve[k]!);
    const py = y(curve[k + 1]!);
    // Coordinates beyond what a renderer can hold are cut to a margin that is never seen.
    if (!(Math.abs(px) < farX) || !(Math.abs(py) < farY)) {
      pen = false;
      continue;
    }
    d += `${pen ? "L" : "M"}${Math.round(px * 10) / 10} ${Math.round(py * 10) / 10}`;
    pen = true;
  }
  return d;
}
