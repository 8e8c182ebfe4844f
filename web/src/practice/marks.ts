/**
 * Verdicts on answers, and what numbers as they are typed have to do with the right ones: the
 * twin of steepest/explain/exercises/marks.py.
 */

import { pointEvaluator } from "../tape/evaluate";
import { record } from "../tape/tape";
import { read, split } from "./components";
import { DECIDED, NUMBERS, fill } from "./sentences";

export interface Mark {
  readonly correct: boolean;
  readonly feedback: string;
  /** How that was decided, in words. */
  readonly decided_by: string;
}

export const PRECISE = 6e-4; // relative: three digits, properly rounded
const EXACT = 1e-9;

export const mark = (correct: boolean, feedback: string, decided_by: string): Mark => ({ correct, feedback, decided_by });

const unread = (feedback: string): Mark => mark(false, feedback, DECIDED.unread);

/** Whether x is `right` to three digits, or to rounding of `size` where right is 0. */
export const close = (x: number, right: number, size = 0): boolean =>
  Math.abs(x - right) <= Math.max(PRECISE * Math.abs(right), EXACT * Math.max(1, size));

/** How a wrong vector relates to the right one, or "". */
export function relation(given: readonly number[], right: readonly number[]): string {
  const [own, size] = [Math.hypot(...given), Math.hypot(...right)];
  if (!own || !size) return "";
  const cosine = given.reduce((sum, x, k) => sum + x * right[k]!, 0) / (own * size);
  if (cosine >= 1 - PRECISE ** 2) return close(own, 1) ? NUMBERS.unit : NUMBERS.length;
  if (cosine <= -1 + PRECISE ** 2) return NUMBERS.opposite;
  const reversed = [...given].reverse();
  if (given.length > 1 && reversed.every((x, k) => close(x, right[k]!, size))) return NUMBERS.swapped;
  return given.every((x, k) => close(Math.abs(x), Math.abs(right[k]!), size)) ? NUMBERS.signs : "";
}

/** The numbers typed, or the mark for an answer that holds none. */
export function readNumbers(given: string, count: number): number[] | Mark {
  if (!given.trim()) return unread(NUMBERS.empty);
  const parts = split(given);
  if (parts.length !== count) {
    return unread(fill(count === 1 ? NUMBERS.one : NUMBERS.count, { asked: count, given: parts.length }));
  }
  const values: number[] = [];
  for (const part of parts) {
    const node = read(given, part, []);
    if (typeof node === "string") return unread(fill(NUMBERS.unreadable, { error: node }));
    const value = pointEvaluator(record([node], []))([])[0]!;
    if (!Number.isFinite(value)) return unread(fill(NUMBERS.infinite, { part: part.text.trim() }));
    values.push(value);
  }
  return values;
}

/** Which components are wrong, as a sentence. */
export function which(right: readonly boolean[]): string {
  const wrong = right.flatMap((r, k) => (r ? [] : [k + 1]));
  return wrong.length === right.length ? NUMBERS.wrong : fill(NUMBERS.components, { which: wrong.join(" and ") });
}

/** How an answer was found right: exactly, or to three digits. */
export const toDigits = (x: number, right: number): string =>
  Math.abs(x - right) <= EXACT * Math.max(1, Math.abs(right)) ? DECIDED.numbers : DECIDED.digits;
