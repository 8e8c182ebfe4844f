/** Basins as a layer between the landscape and the marks. */

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { shownBasins } from "../cards/basins";
import { UNREACHED } from "../local/basins";
import type { BasinMap } from "../local/basins";
import { dark, theme } from "../theme";
import { css, mix, parseHex } from "./landscape";
import type { Rgb } from "./landscape";
import { paintOver } from "./overlay";

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

/** The map as an image with one pixel a cell; cells without an answer are left clear. */
function imageOf({ asked, labels, steps, minima }: BasinMap): HTMLCanvasElement {
  const { columns, rows } = asked;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const image = new ImageData(columns, rows);
  const colours = hues(minima.length);
  const [ink, line, paper] = [theme.value.ink, theme.value.hairline, theme.value.paper].map(parseHex) as [Rgb, Rgb, Rgb];
  const reached = steps.filter((_, k) => labels[k]! >= 0).sort();
  const few = reached[Math.floor(0.02 * reached.length)] ?? 0;
  const many = reached[Math.floor(0.98 * reached.length)] ?? 0;
  for (let k = 0; k < labels.length; k++) {
    const label = labels[k]!;
    if (label < UNREACHED.not_finite_at_start) continue;
    const late = label < 0 ? 0 : Math.min(1, Math.max(0, (steps[k]! - few) / Math.max(1, many - few)));
    const colour = label >= 0 ? mix(colours[label]!, paper, PALEST * late) : label === UNREACHED.diverged ? ink : line;
    image.data.set([...colour, 255], 4 * k);
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  return canvas;
}

export function OwnBasins() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const on = shownBasins.value !== null;
  useEffect(() => {
    if (!on) return;
    let [painted, image]: [unknown, HTMLCanvasElement | null] = [null, null];
    return effect(() => {
      const [target, map] = [canvas.current, shownBasins.value];
      const look = `${dark.value}`;
      if (!target || !map) return;
      if (painted !== map || target.dataset.look !== look) [painted, image, target.dataset.look] = [map, imageOf(map), look];
      paintOver(target, image!, map.asked.bounds);
    });
  }, [on]);
  return on ? <canvas ref={canvas} class="basin-layer own" aria-hidden="true" /> : null;
}
