/** A map of basins as Python tells it. */

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

export interface Grid { readonly labels: Int16Array; readonly late: Uint8Array }

export function decode({ labels, late }: Basins): Grid {
  const bytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return { labels: new Int16Array(bytes(labels).buffer), late: bytes(late) };
}
