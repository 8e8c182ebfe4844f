/** Paints the landscape: bands of colour with fine lines between them, smooth at any zoom. */

import type { Samples } from "../local/levels";

export type Rgb = readonly [number, number, number];

export interface Palette {
  readonly low: Rgb;
  readonly high: Rgb;
  readonly ink: Rgb;
  readonly paper: Rgb;
  readonly hairline: Rgb;
  readonly contour: Rgb;
}

export const mix = (a: Rgb, b: Rgb, t: number): Rgb =>
  [0, 1, 2].map((k) => Math.round(a[k]! + (b[k]! - a[k]!) * t)) as unknown as Rgb;

export const css = ([r, g, b]: Rgb): string => `rgb(${r} ${g} ${b})`;

export function parseHex(hex: string): Rgb {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

/** One colour a band, low to high. */
export const bandColours = ({ low, high }: Palette, count: number): Rgb[] =>
  Array.from({ length: Math.max(1, count) }, (_, k) => mix(low, high, count > 1 ? k / (count - 1) : 0.3));

const LINE = 0.75; // how much of its own colour a line carries
const WIDTH = 0.55; // half of a line's width in pixels
const HATCH = 9; // pixels between the strokes where f is undefined

/** Fill `image` with the landscape of `samples`, whose corners are the image's corners. */
export function paint(image: ImageData, samples: Samples, levels: readonly number[], palette: Palette): void {
  const { width, height, data } = image;
  const [nx, ny] = [samples.x.length, samples.y.length];
  const z = samples.values;
  const colours = bandColours(palette, levels.length - 1);
  const lines = colours.map((colour) => mix(colour, palette.contour, LINE));
  const last = levels.length - 1;
  const column = new Int32Array(width);
  const part = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    const at = ((i + 0.5) / width) * (nx - 1);
    column[i] = Math.min(nx - 2, Math.floor(at));
    part[i] = at - column[i]!;
  }
  const perX = (nx - 1) / width;
  const perY = (ny - 1) / height;
  let band = 0;
  for (let j = 0; j < height; j++) {
    // The first row of pixels is the top, the first row of samples the bottom.
    const up = (1 - (j + 0.5) / height) * (ny - 1);
    const row = Math.min(ny - 2, Math.floor(up));
    const ty = up - row;
    let out = j * width * 4;
    for (let i = 0; i < width; i++, out += 4) {
      const k = row * nx + column[i]!;
      const tx = part[i]!;
      const a = z[k]!;
      const b = z[k + 1]!;
      const c = z[k + nx]!;
      const d = z[k + nx + 1]!;
      const bottom = a + (b - a) * tx;
      const top = c + (d - c) * tx;
      const v = bottom + (top - bottom) * ty;
      let colour = colours[0]!;
      if (v - v !== 0) {
        // Undefined or infinite: hatched paper, unless it is simply too high or too low.
        const infinite = v === Infinity ? last - 1 : v === -Infinity ? 0 : -1;
        if (infinite >= 0 && last > 0) colour = colours[infinite]!;
        else colour = (i + j) % HATCH === 0 ? palette.hairline : palette.paper;
        data[out] = colour[0]; data[out + 1] = colour[1]; data[out + 2] = colour[2]; data[out + 3] = 255;
        continue;
      }
      if (last > 0) {
        while (band < last - 1 && v >= levels[band + 1]!) band++;
        while (band > 0 && v < levels[band]!) band--;
        colour = colours[band]!;
        const dx = (b - a + (d - c - b + a) * ty) * perX;
        const dy = (top - bottom) * perY;
        const steep = Math.sqrt(dx * dx + dy * dy);
        const below = band > 0 ? v - levels[band]! : Infinity;
        const above = band < last - 1 ? levels[band + 1]! - v : Infinity;
        const near = (below < above ? below : above) / steep;
        if (near < WIDTH + 0.5) {
          const ink = near < WIDTH - 0.5 ? 1 : WIDTH + 0.5 - near;
          const line = lines[band]!;
          data[out] = colour[0] + (line[0] - colour[0]) * ink;
          data[out + 1] = colour[1] + (line[1] - colour[1]) * ink;
          data[out + 2] = colour[2] + (line[2] - colour[2]) * ink;
          data[out + 3] = 255;
          continue;
        }
      }
      data[out] = colour[0]; data[out + 1] = colour[1]; data[out + 2] = colour[2]; data[out + 3] = 255;
    }
  }
}
