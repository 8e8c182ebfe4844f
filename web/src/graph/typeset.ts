/** Expression graph -> LaTeX, the twin of steepest/expression/typeset.py. */

import { GREEK } from "../language/names";
import { isFoldable, topological } from "./graph";
import type { Node } from "./graph";
import * as R from "./rational";
import type { Rational } from "./rational";

// Binding strengths, weakest first.
const [SUM, PRODUCT, SIGN, POWER, ATOM] = [0, 1, 2, 3, 4] as const;
const MAX_LENGTH = 20_000;

type Rendered = readonly [text: string, strength: number];
type Done = Map<Node, Rendered>;

const FUNCTIONS: Record<string, string> = {
  log: "\\ln", log2: "\\log_{2}", log10: "\\log_{10}",
  asin: "\\arcsin", acos: "\\arccos", atan: "\\arctan",
  ...Object.fromEntries("sin cos tan sinh cosh tanh min max".split(" ").map((f) => [f, `\\${f}`])),
  asinh: "\\operatorname{arsinh}", acosh: "\\operatorname{arcosh}",
  atanh: "\\operatorname{artanh}", sigmoid: "\\sigma",
};

/** The formula in LaTeX, without delimiters. */
export function latex(root: Node): string {
  const done: Done = new Map();
  for (const node of topological([root])) {
    const [text, strength] = render(node, done);
    done.set(node, text.length <= MAX_LENGTH ? [text, strength] : ["…", ATOM]);
  }
  return done.get(root)![0];
}

function render(node: Node, done: Done): Rendered {
  const { op, args } = node;
  const text = (k: number) => done.get(args[k]!)![0];
  if (op === "const") return number(node.number!);
  if (op === "var") return [variableLatex(node.name!), ATOM];
  if (op === "pi" || op === "e") return [op === "pi" ? "\\pi" : "e", ATOM];
  if (op === "add" || op === "sub") return [sum(node, done), SUM];
  if (op === "mul" || op === "div" || op === "neg" || (op === "ipow" && node.power! < 0)) {
    return product(node, done);
  }
  if (op === "ipow") return [raise(wrap(done.get(args[0]!)!, ATOM), String(node.power)), POWER];
  if (op === "pow") return [raise(wrap(done.get(args[0]!)!, ATOM), text(1)), POWER];
  if (op === "where") {
    const cases = `${text(1)} & \\text{if } ${text(0)} \\\\ ${text(2)} & \\text{otherwise}`;
    return [`\\begin{cases}${cases}\\end{cases}`, ATOM];
  }
  if (op === "lt" || op === "le") return [`${text(0)} ${op === "lt" ? "<" : "\\le"} ${text(1)}`, SUM];
  return [call(op, args.map((a) => done.get(a)![0])), op === "exp" ? POWER : ATOM];
}

function number(given: Rational): Rendered {
  const value = typable(given);
  const positive = value.n >= 0n;
  const decimal = decimalForm(R.abs(value));
  if (decimal !== null) {
    const strength = !positive ? SIGN : decimal.includes("e") ? PRODUCT : ATOM;
    return [(positive ? "" : "-") + scientific(decimal), strength];
  }
  if (value.d === 1n) return [integer(value.n), positive ? ATOM : SIGN];
  return [`${positive ? "" : "-"}\\frac{${R.abs(value).n}}{${value.d}}`, positive ? PRODUCT : SIGN];
}

/** 1e-8 is set as a power of ten. */
function scientific(digits: string): string {
  const [mantissa = "", exponent] = digits.split("e");
  if (!exponent) return digits;
  return mantissa === "1" ? `10^{${exponent}}` : `${mantissa} \\cdot 10^{${exponent}}`;
}

/** Long integers are set with a power of ten, if that is the same number. */
function integer(n: bigint): string {
  const digits = String(n);
  if (digits.length <= 21) return digits;
  const short = rounded(R.rational(n));
  return short && R.compare(R.parseRational(short), R.rational(n)) === 0 ? scientific(short) : digits;
}

const LARGEST = 10n ** 308n;
const LONGEST = 40; // digits that can be typed again

/**
 * `value` (not negative) as people write it, if that is a short decimal: 21/10 is 2.1, but 1/2
 * stays. What is too long to be typed again is rounded to a double.
 */
export function decimalForm(value: Rational): string | null {
  if (!isTypable(value)) return rounded(value);
  let rest = value.d > 9n ? value.d : 3n;
  for (const prime of [2n, 5n]) while (rest % prime === 0n) rest /= prime;
  const short = rest === 1n ? rounded(value) : null;
  return short !== null && R.compare(R.parseRational(short), value) === 0 ? short : null;
}

const isTypable = (value: Rational): boolean =>
  [R.abs(value).n, value.d].every((n) => n <= LARGEST && integer(n).length <= LONGEST);

/** `value`, or the double nearest to it where `value` is too long to be typed again. */
export function typable(value: Rational): Rational {
  const short = isTypable(value) ? null : rounded(value);
  if (short === null) return value;
  const nearest = R.parseRational(short);
  return isTypable(nearest) ? nearest : value;
}

/** The nearest double's shortest decimal, with an exponent where Python writes one. */
export function rounded(value: Rational): string | null {
  const size = R.toNumber(value);
  if (!Number.isFinite(size) || (!size && value.n)) return null;
  if (size && (size < 1e-4 || size >= 1e16)) return size.toExponential().replace("e+", "e");
  return String(size);
}

export function variableLatex(name: string): string {
  const [front = "", suffix = ""] = name.split("_");
  const letters = front.replace(/[0-9]+$/, "");
  const index = front.slice(letters.length) + suffix;
  const code = letters.length === 1 ? GREEK_CODES.indexOf(letters.charCodeAt(0)) : -1;
  let symbol = letters;
  if (GREEK.includes(letters)) symbol = letters === "omicron" ? "o" : `\\${letters}`;
  else if (code >= 0) symbol = `\\${GREEK[code]}`;
  else if (letters.length !== 1) symbol = `\\mathrm{${letters}}`;
  return index ? `${symbol}_{${index}}` : symbol;
}

// Greek small letters stand at U+03B1…U+03C9 with π (a constant here) and the final sigma between.
const GREEK_CODES = Array.from({ length: 25 }, (_, k) => 0x3b1 + k).filter(
  (c) => c !== 0x3c0 && c !== 0x3c2,
);

function call(op: string, args: string[]): string {
  const inside = args.join(", ");
  if (op === "exp") return `e^{${inside}}`;
  if (op === "sqrt") return `\\sqrt{${inside}}`;
  if (op === "cbrt") return `\\sqrt[3]{${inside}}`;
  if (op === "abs") return `\\left|${inside}\\right|`;
  return `${FUNCTIONS[op] ?? `\\operatorname{${op}}`}\\left(${inside}\\right)`;
}

const raise = (base: string, exponent: string): string =>
  base.includes("^") ? `{${base}}^{${exponent}}` : `${base}^{${exponent}}`;

const parenthesize = (inside: string): string => `\\left(${inside}\\right)`;

const wrap = ([text, strength]: Rendered, least: number): string =>
  strength >= least ? text : parenthesize(text);

function sum(node: Node, done: Done): string {
  let [text, strength] = done.get(node.args[1]!)!;
  let minus = node.op === "sub";
  // a + (-b) reads a - b, and a - (-b) reads a + b.
  if (text.startsWith("-") && strength >= PRODUCT) {
    [minus, text] = [!minus, text.slice(1)];
  } else if (strength === SUM && (minus || text.startsWith("-"))) {
    text = parenthesize(text);
  }
  return `${done.get(node.args[0]!)![0]} ${minus ? "-" : "+"} ${text}`;
}

export type Factor = readonly [base: Node, power: number];

function product(node: Node, done: Done): Rendered {
  let { coefficient, top, bottom } = factorsOf(node);
  const sign = coefficient.n < 0n ? "-" : "";
  coefficient = typable(R.abs(coefficient));
  const ranked = (factors: Factor[]) =>
    [...factors].sort(byRank).map(([base, n]) => factor(base, n, done));
  const over = ranked(top);
  const under = ranked(bottom);
  const decimal = decimalForm(coefficient);
  if (decimal !== null) {
    over.unshift([scientific(decimal), ATOM]);
    coefficient = R.rational(1);
  } else if (coefficient.d > 1n && decimalForm(R.div(R.rational(1), coefficient)) !== null) {
    // x/1.41 reads better than 100x/141.
    under.unshift([scientific(decimalForm(R.div(R.rational(1), coefficient))!), ATOM]);
    coefficient = R.rational(1);
  } else if (coefficient.n !== 1n || !over.length) {
    over.unshift([integer(coefficient.n), ATOM]);
  }
  if (coefficient.d !== 1n) under.unshift([integer(coefficient.d), ATOM]);
  const strength = sign ? SIGN : PRODUCT;
  const beside = (parts: Rendered[]) => join(parts.map((f) => wrap(f, POWER)));
  if (!under.length) {
    return over.length === 1 && !sign ? over[0]! : [sign + beside(over), strength];
  }
  const line = (parts: Rendered[]) => (parts.length === 1 ? parts[0]![0] : beside(parts));
  if (!over.length) over.push(["1", ATOM]);
  return [`${sign}\\frac{${line(over)}}{${line(under)}}`, strength];
}

function join(factors: string[]): string {
  let joined = factors[0]!;
  for (let k = 1; k < factors.length; k++) {
    const digits = /\d$/.test(factors[k - 1]!) && /^\d/.test(factors[k]!);
    joined += (digits ? " \\cdot " : " ") + factors[k]!;
  }
  return joined;
}

/** A product as coefficient, factors above and factors below, each with a positive power. */
export function factorsOf(node: Node): { coefficient: Rational; top: Factor[]; bottom: Factor[] } {
  let coefficient = R.rational(1);
  const top: Factor[] = [];
  const bottom: Factor[] = [];
  const stack: [Node, boolean][] = [[node, true]];
  while (stack.length) {
    const [part, above] = stack.pop()!;
    const [a, b] = [part.args[0]!, part.args[1]!];
    if (part.op === "mul" && (above || part !== node)) {
      stack.push([b, above], [a, above]);
    } else if (part.op === "neg") {
      coefficient = R.neg(coefficient);
      stack.push([a, above]);
    } else if (part.op === "div" && above) {
      stack.push([b, false], [a, true]);
    } else if (part.op === "const" && joined(coefficient, part.number!, above)) {
      coefficient = joined(coefficient, part.number!, above)!;
    } else if (part.op === "ipow" && part.power! < 0 && above) {
      bottom.push([a, -part.power!]);
    } else {
      (above ? top : bottom).push([part, 1]);
    }
  }
  return { coefficient, top, bottom };
}

/** `coefficient` times or over a constant; null for n/0 and what no double can hold. */
function joined(coefficient: Rational, value: Rational, above: boolean): Rational | null {
  if (!value.n) return above ? value : null;
  const product = above ? R.mul(coefficient, value) : R.div(coefficient, value);
  return isFoldable(product) ? product : null;
}

const FIRST: Record<string, number> = { const: 0, pi: 1, e: 1, var: 2, ipow: 3 };

/** Numbers first, then variables by name, then functions, then sums. */
export function byRank(a: Factor, b: Factor): number {
  const [ra, na] = rank(a[0]);
  const [rb, nb] = rank(b[0]);
  return ra - rb || (na < nb ? -1 : na > nb ? 1 : 0);
}

function rank(base: Node): [number, string] {
  if (base.op === "ipow" && !base.args[0]!.args.length) base = base.args[0]!;
  if (base.op === "var") return [2, base.name!];
  const isSum = (node: Node) => node.op === "add" || node.op === "sub";
  if (isSum(base) || (base.op === "ipow" && isSum(base.args[0]!))) return [4, ""];
  return [FIRST[base.op] ?? 3, ""];
}

function factor(base: Node, n: number, done: Done): Rendered {
  if (n === 1) return done.get(base)!;
  return [raise(wrap(done.get(base)!, ATOM), String(n)), POWER];
}
