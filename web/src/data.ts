/** What Python writes into the page. */

import type { TapeJson } from "./tape/tape";
import type { Kind } from "./local/ends";

export interface Data {
  /** The formula as it can be typed again. */
  readonly text: string;
  /** Its operations; absent only in the page as it is built, which then reads the text. */
  readonly tape: TapeJson | null;
  readonly at: number[] | null;
  readonly box: [number, number][] | null;
  /** Critical points that were proved, and whether the list is complete. */
  readonly critical: {
    readonly box: [number, number][];
    readonly points: { at: number[]; kind: Kind; value: number }[];
    readonly complete: boolean;
    readonly undecided: number;
  } | null;
}

const EMPTY: Data = { text: "x^2 + 3y^2", tape: null, at: null, box: null, critical: null };

export function readData(): Data {
  const element = document.getElementById("steepest-data");
  return element?.textContent?.trim() ? { ...EMPTY, ...JSON.parse(element.textContent) } : EMPTY;
}
