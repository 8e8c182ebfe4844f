/** Parts of a formula while it is read, and how large they may be. */

import { build, rationalValue } from "../graph/graph";
import type { Node } from "../graph/graph";
import { toNumber } from "../graph/rational";
import { FormulaError } from "./errors";

export const MAX_OPERATIONS = 1000;
export const MAX_DEPTH = 64;
export const MAX_EXPONENT = 1024;

/** A part of the formula: its node, where it starts, its nesting, its operations. */
export interface Piece {
  readonly node: Node;
  readonly start: number;
  readonly depth: number;
  readonly operations: number;
}

/** ⁻¹² as −12; one too long to be read is one too large. */
export function superscript(written: string): number {
  const digits = [...written].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c) - 1);
  if (digits.length >= 10) return MAX_EXPONENT + 1;
  const size = Number(digits.filter((d) => d >= 0).join(""));
  return digits[0] === -1 ? -size : size;
}

/** `op` on `pieces`. Chains of + - * / count as one level of nesting, all else as one more. */
export function operation(text: string, op: string, start: number, pieces: Piece[], nests = true): Piece {
  const operations = 1 + pieces.reduce((sum, p) => sum + p.operations, 0);
  const depth = Math.max(...pieces.map((p) => p.depth)) + (nests ? 1 : 0);
  if (operations > MAX_OPERATIONS) {
    throw new FormulaError(
      text, start, `the formula has more than ${MAX_OPERATIONS.toLocaleString("en-US")} operations`,
      "write long functions as a Python callable",
    );
  }
  checkDepth(text, start, depth);
  return { node: build(op, ...pieces.map((p) => p.node)), start, depth, operations };
}

/** `base` to the power `exponent`. */
export function power(text: string, base: Piece, exponent: Piece): Piece {
  const value = rationalValue(exponent.node);
  const near = value === null ? 0 : toNumber(value);
  // One that only rounds to an integer counts too: that integer is what it prints as.
  if (value !== null && Math.abs(near) > MAX_EXPONENT && Number.isInteger(near)) {
    const exact = value.d === 1n ? value.n : BigInt(near);
    const digits = String(exact < 0n ? -exact : exact);
    const shown = digits.length <= 20 ? `${exact}` : `of ${digits.length} digits`;
    throw new FormulaError(
      text, exponent.start, `the integer exponent ${shown} is too large`,
      `the largest is ${MAX_EXPONENT.toLocaleString("en-US")}`,
    );
  }
  return operation(text, "pow", base.start, [base, exponent]);
}

export function checkDepth(text: string, start: number, depth: number): void {
  if (depth > MAX_DEPTH) {
    throw new FormulaError(
      text, start, `the formula is nested more than ${MAX_DEPTH} deep`,
      "name its parts or simplify it",
    );
  }
}
