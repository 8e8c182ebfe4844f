/** A map of basins as Python tells it, and as pixels: the twin of steepest/view/basins.py. */

import { parseHex } from "../plot/landscape";
import type { Rgb } from "../plot/landscape";
import tokens from "../../../src/steepest/view/tokens.json";

export interface Basins {
  readonly box: readonly (readonly [number, number])[];
  readonly width: number;
  readonly height: number;
  /** Base64, the top row first: the minimum of each start, or less than 0; how late, 0 to 255. */
  readonly labels: string;
  readonly late: string;
  readonly colours: { readonly light: readonly string[]; readonly dark: readonly string[] };
  readonly minima: readonly { at: number[]; value: number | null; count: number }[];
  readonly starts: number;
  readonly outcomes: readonly { outcome: string; sentence: string; count: number }[];
  readonly verdict: string;
}

const DIVERGED = -1;
const PALEST = 0.45; // how much paper is mixed in where the most steps were taken

export interface Grid { readonly labels: Int16Array; readonly late: Uint8Array }

export function decode({ labels, late }: Basins): Grid {
  const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return { labels: new Int16Array(bytes(labels).buffer), late: bytes(late) };
}

/** The colour of a label. */
export function colourTable({ colours }: Basins, dark: boolean): { of(label: number): Rgb; paper: Rgb } {
  const theme = tokens.themes[dark ? "dark" : "light"];
  const own = colours[dark ? "dark" : "light"].map(parseHex);
  const [ink, line] = [parseHex(theme.ink), parseHex(theme.hairline)];
  return { of: (label) => (label >= 0 ? own[label] ?? line : label === DIVERGED ? ink : line), paper: parseHex(theme.paper) };
}

/** Fill an image's `data` with the grid. */
export function fill(data: Uint8ClampedArray, { labels, late }: Grid, { of, paper }: ReturnType<typeof colourTable>): void {
  for (let k = 0; k < labels.length; k++) {
    const colour = of(labels[k]!);
    const pale = (PALEST * late[k]!) / 255;
    for (let c = 0; c < 3; c++) data[4 * k + c] = colour[c]! + pale * (paper[c]! - colour[c]!);
    data[4 * k + 3] = 255;
  }
}
