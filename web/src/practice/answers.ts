/**
 * What kinds of answers there are, and how each is marked: the twin of
 * steepest/explain/exercises/answers.py. An empty or malformed answer is never right.
 */

import type { TapeJson } from "../tape/tape";
import { checkGradient } from "./check";
import { PRECISE, close, mark, readNumbers, relation, toDigits, which } from "./marks";
import type { Mark } from "./marks";
import { DECIDED, NUMBERS, fill } from "./sentences";

/** The right answer, as Python wrote it into the page. */
export type Truth =
  /** The tape's outputs are f and its partial derivatives. */
  | { readonly kind: "gradient"; readonly tape: TapeJson }
  | { readonly kind: "number" | "vector" | "direction" | "line"; readonly values: readonly number[] }
  | { readonly kind: "choice"; readonly right: string; readonly options: readonly string[]; readonly why: string };

/** A verdict on the whole, and one on each component where they are marked by themselves. */
export type Verdict = Mark & { readonly components: readonly Mark[] };

export function markAnswer(truth: Truth, given: string): Verdict {
  if (truth.kind === "gradient") return checkGradient(truth.tape, given);
  if (truth.kind === "choice") return { ...choice(truth, given), components: [] };
  const read = readNumbers(given, truth.values.length);
  if (!Array.isArray(read)) return { ...read, components: [] };
  if (truth.kind !== "vector") return { ...SINGLE[truth.kind](read, truth.values), components: [] };
  const size = Math.hypot(...truth.values);
  const right = read.map((x, k) => close(x, truth.values[k]!, size));
  const components = right.map((correct) => mark(correct, "", ""));
  if (right.every(Boolean)) return { ...mark(true, NUMBERS.correct, toDigits(read[0]!, truth.values[0]!)), components };
  return { ...numbers(false, relation(read, truth.values) || which(right)), components };
}

const numbers = (correct: boolean, feedback: string): Mark => mark(correct, feedback, DECIDED.numbers);

type Numbers = readonly number[];

const SINGLE: Record<"number" | "direction" | "line", (read: Numbers, right: Numbers) => Mark> = {
  number: ([x], [right]) =>
    close(x!, right!) ? mark(true, NUMBERS.correct, toDigits(x!, right!)) : numbers(false, slip(x!, right!)),
  direction: (read, right) => {
    const near = (v: Numbers) => v.every((x, k) => close(x, right[k]!, 1));
    if (near(read)) return numbers(true, NUMBERS.correct);
    const size = Math.hypot(...read);
    if (!size) return numbers(false, NUMBERS.zero);
    const turned = read.map((x) => x / size);
    if (near(turned)) return numbers(false, NUMBERS.direction);
    return numbers(false, relation(turned, right) || NUMBERS.wrong);
  },
  line: (read, right) => {
    const size = Math.hypot(...read);
    if (!size) return numbers(false, NUMBERS.zero);
    const cosine = Math.abs(read.reduce((sum, x, k) => sum + x * right[k]!, 0)) / (size * Math.hypot(...right));
    if (cosine >= 1 - PRECISE ** 2) return numbers(true, NUMBERS.correct);
    return numbers(false, cosine <= PRECISE ? NUMBERS.perpendicular : NUMBERS.wrong);
  },
};

const ROUGH = 0.05;
const HALF_TURN = 180 / Math.PI;

function slip(x: number, right: number): string {
  if (close(x, -right)) return NUMBERS.sign;
  if (Math.abs(x - right) <= ROUGH * Math.abs(right)) return NUMBERS.close;
  if (right && close(x, right * HALF_TURN)) return NUMBERS.degrees;
  if (right && close(x, right / HALF_TURN)) return NUMBERS.radians;
  if (right > 0 && close(x, right ** 2)) return NUMBERS.square;
  if (right > 0 && close(x, Math.sqrt(right))) return NUMBERS.root;
  if (right && close(x, 1 / right)) return NUMBERS.reciprocal;
  if (right && [2, 0.5, 4, 0.25, 3, 1 / 3].some((k) => close(x, right * k))) return NUMBERS.factor;
  return NUMBERS.wrong;
}

/** Right if it is the right word; its first letters suffice if they are no other's. */
function choice({ right, options, why }: Truth & { kind: "choice" }, given: string): Mark {
  const word = given.trim().toLowerCase();
  const listed = options.join(", ");
  if (!word) return mark(false, fill(NUMBERS.choose, { options: listed }), DECIDED.unread);
  const exact = options.filter((o) => o.toLowerCase() === word);
  const meant = exact.length ? exact : options.filter((o) => o.toLowerCase().startsWith(word));
  if (meant.length !== 1) {
    return mark(false, fill(NUMBERS.none_of, { given: quoted(given.trim()), options: listed }), DECIDED.unread);
  }
  const correct = meant[0] === right;
  return mark(correct, correct ? `${NUMBERS.correct} ${why}`.trim() : NUMBERS.wrong, DECIDED.words);
}

/** As Python quotes text, cut at forty characters. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/\\/g, "\\\\").replaceAll(quote, `\\${quote}`);
  return `${quote}${escaped}${quote}`.slice(0, 40);
}
