/** Basins as a picture: a hue for each minimum, paler where more steps were taken. */

import { UNREACHED } from "../local/basins";
import { dark, palette, theme } from "../theme";
import { css, mix, parseHex } from "./landscape";
import type { Rgb } from "./landscape";

const GOLDEN = 0.618034;
const PALEST = 0.45; // how much paper is mixed in where the most steps were taken

/** A colour for each of `count` minima, the twin of `hues` in steepest/view/basins.py. */
export function hues(count: number): Rgb[] {
  const own = theme.value.trajectories.map(parseHex);
  const lights = [0.42, 0.55, 0.36].map((l) => l + (dark.value ? 0.15 : 0));
  return Array.from({ length: count }, (_, k) => own[k] ?? fromHls((0.07 + k * GOLDEN) % 1, lights[k % 3]!, 0.55));
}

function fromHls(hue: number, light: number, saturation: number): Rgb {
  const a = saturation * Math.min(light, 1 - light);
  const channel = (n: number) => {
    const k = (n + 12 * hue) % 12;
    return Math.round(255 * (light - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

/** The colour of a label in words of CSS, for a legend. */
export const basinColour = (k: number, count: number): string => css(hues(count)[k]!);

/**
 * A grid of labels, `columns` across and the top row first, one pixel a cell: a minimum's number,
 * one of UNREACHED, or less where nothing is known yet. `late` (0 to 1) tells how many steps a
 * start took against the others, `colours` are those of the minima.
 */
export function basinPicture(
  columns: number, labels: Int16Array, late: (cell: number) => number, colours: readonly Rgb[],
): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, labels.length / columns];
  const image = new ImageData(canvas.width, canvas.height);
  const { ink, hairline, paper } = palette.value;
  for (let k = 0; k < labels.length; k++) {
    const label = labels[k]!;
    if (label < UNREACHED.not_finite_at_start) continue;
    const colour = label >= 0 ? mix(colours[label]!, paper, PALEST * late(k)) : label === UNREACHED.diverged ? ink : hairline;
    image.data.set(colour, 4 * k);
    image.data[4 * k + 3] = 255;
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}
