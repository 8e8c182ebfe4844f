/** What Python writes into the page. */

import { read } from "./lab/address";
import type { Listed } from "./lab/exercises";
import type { SurfaceData } from "./sampled/sampled";
import type { TapeJson } from "./tape/tape";
import type { Kind } from "./local/ends";
import type { Heading } from "./local/study";
import type { NormName } from "./local/norms";
import type { CardName } from "./state";

export interface Chain {
  readonly name: string;
  readonly start: string;
  readonly steps: readonly { latex: string; rule: string; reason: string; checked: boolean }[];
}

/** Derivatives as Python simplifies and typesets them, and the way to them. */
export interface Symbolic {
  readonly gradient: string[];
  readonly hessian: string[][];
  readonly parts: readonly { name: string; latex: string }[];
  /** Empty if there are too many steps to read. */
  readonly chains: readonly Chain[];
  readonly steps: number;
  readonly checked: boolean;
}

export interface Data {
  /** The formula as it can be typed again. */
  readonly text: string;
  /** Its operations; absent only in the page as it is built, which then reads the text. */
  readonly tape: TapeJson | null;
  /** How the formula is shown if not entry by entry, as the tape has it: with its vectors. */
  readonly heading?: Heading;
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
  /** The gradient rule by rule, worked out and checked by Python. */
  readonly derivation?: Symbolic;
  /** How the page opens: which card, with which rules and norm. */
  readonly card?: CardName;
  readonly walks?: { rule: string; stepSize: number }[];
  readonly norm?: NormName;
  /** A loss surface that Python computed; the page is about it, then, and not about a formula. */
  readonly surface?: SurfaceData;
  /** Whether the lab serves the page. */
  readonly lab?: boolean;
  /** What can be practised there. */
  readonly exercises?: readonly Listed[];
}

const EMPTY: Data = { text: "x^2 + 3y^2", tape: null, at: null, box: null, critical: null };

export function readData(): Data {
  const element = document.getElementById("steepest-data");
  if (element?.textContent?.trim()) return { ...EMPTY, ...JSON.parse(element.textContent) };
  return { ...EMPTY, ...fromAddress() };
}

/** One page can serve a whole site: what stands after the # in a link says what it shows. */
function fromAddress(): Partial<Data> {
  const shown = read(location.hash);
  if (!shown) return {};
  const { f, at, see, card, walks, norm } = shown;
  const side = (centre: number): [number, number] => [centre - see![2], centre + see![2]];
  return { text: f, at: at && [...at], box: see && [side(see[0]), side(see[1])], card, walks: [...walks], norm };
}
