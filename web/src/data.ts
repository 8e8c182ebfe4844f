/** What Python writes into the page. */

import type { TapeJson } from "./tape/tape";
import type { Kind } from "./local/ends";
import type { NormName } from "./local/norms";
import type { CardName } from "./state";

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
    readonly points: { at: number[]; kind: Kind; value: number; radius?: number }[];
    readonly complete: boolean;
    readonly undecided: number;
    readonly counts?: Partial<Record<Kind, number>>;
    readonly sentence?: string;
  } | null;
  /** How the page opens: which card, with which rules and norm. */
  readonly card?: CardName;
  readonly walks?: { rule: string; stepSize: number }[];
  readonly norm?: NormName;
  /** Whether the lab serves the page. */
  readonly lab?: boolean;
}

const EMPTY: Data = { text: "x^2 + 3y^2", tape: null, at: null, box: null, critical: null };

export function readData(): Data {
  const element = document.getElementById("steepest-data");
  if (element?.textContent?.trim()) return { ...EMPTY, ...JSON.parse(element.textContent) };
  return { ...EMPTY, ...fromLink(location.hash) };
}

/**
 * One page can serve a whole site: the link says what it shows, as JSON after the #. Anybody can
 * write a link, so operations and proofs are not taken from it; the page reads the formula itself.
 */
function fromLink(hash: string): Partial<Data> {
  try {
    const told = JSON.parse(decodeURIComponent(hash.slice(1)));
    return typeof told?.text === "string" ? { ...told, tape: null, critical: null } : {};
  } catch {
    return {};
  }
}
