/**
 * A vector as people type it, "2x, 6y": its components, and errors that point into the whole. The
 * twin of steepest/explain/components.py.
 */

import type { Node } from "../graph/graph";
import { FormulaError } from "../language/errors";
import { parse } from "../language/parse";

export interface Component { readonly text: string; readonly start: number }

const OPEN = "([{";
const CLOSE = ")]}";

/** The parts of `text` between its outermost commas; brackets around the whole are dropped. */
export function split(text: string): Component[] {
  const parts = betweenCommas(text, 0, text.length);
  if (parts.length > 1) return parts;
  const first = text.length - text.trimStart().length;
  const last = text.trimEnd().length;
  const bracketed = last - first >= 2 && "([".includes(text[first]!) && ")]".includes(text[last - 1]!);
  if (!bracketed || !wraps(text, first, last - 1)) return parts;
  const inside = betweenCommas(text, first + 1, last - 1);
  return inside.length > 1 ? inside : parts;
}

function betweenCommas(text: string, start: number, end: number): Component[] {
  const parts: Component[] = [];
  let depth = 0;
  let begin = start;
  for (let k = start; k < end; k++) {
    const c = text[k]!;
    if (OPEN.includes(c)) depth++;
    // A bracket that closes nothing spoils its own part only.
    else if (CLOSE.includes(c)) depth = Math.max(0, depth - 1);
    else if (c === "," && depth === 0) {
      parts.push({ text: text.slice(begin, k), start: begin });
      begin = k + 1;
    }
  }
  return [...parts, { text: text.slice(begin, end), start: begin }];
}

/** Whether the bracket at `first` is closed by the one at `last`: not so in "(1)(2)". */
function wraps(text: string, first: number, last: number): boolean {
  let depth = 0;
  for (let k = first; k < last; k++) {
    if (OPEN.includes(text[k]!)) depth++;
    else if (CLOSE.includes(text[k]!)) depth--;
    if (depth === 0) return false;
  }
  return true;
}

/** The graph of one part, or what Python would say of it: reason, hint, and a caret in `whole`. */
export function read(whole: string, part: Component, variables: readonly string[]): Node | string {
  try {
    return parse(part.text, variables);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return `${error.message}\n${quoteWithCaret(whole, part.start + error.position)}`;
  }
}

const WINDOW = 60; // characters of a long answer shown on each side of the caret

/** The line of `text` around `position` with a caret under that character. */
function quoteWithCaret(text: string, position: number): string {
  const at = Math.max(0, Math.min(position, text.length));
  const first = Math.max(0, at - WINDOW);
  const last = Math.min(text.length, at + WINDOW);
  const before = (first > 0 ? "…" : "") + printable(text.slice(first, at));
  const after = printable(text.slice(at, last)) + (last < text.length ? "…" : "");
  return `  ${before}${after}\n  ${" ".repeat(columns(before))}^`;
}

const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, "\ufffd");

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** How many columns `text` takes; East Asian wide letters take two. */
const columns = (text: string): number =>
  Array.from(text).reduce((sum, c) => sum + (/\p{M}/u.test(c) ? 0 : WIDE.test(c) ? 2 : 1), 0);
