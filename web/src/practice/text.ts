/** Expression graph -> text that can be typed again, the twin of `text` in steepest/expression/typeset.py. */

import { topological } from "../graph/graph";
import type { Node } from "../graph/graph";
import * as R from "../graph/rational";
import type { Rational } from "../graph/rational";
import { byRank, decimalForm, factorsOf, rounded, typable } from "../graph/typeset";
import type { Factor } from "../graph/typeset";
import { FUNCTIONS } from "../language/names";

// Binding strengths, weakest first.
const [SUM, PRODUCT, SIGN, POWER, ATOM] = [0, 1, 2, 3, 4] as const;
const LONGEST = 20_000;

type Rendered = readonly [text: string, strength: number];
type Done = Map<Node, Rendered>;

/** '2x', 'x^2 + 3y^2'. */
export function textOf(root: Node): string {
  const done: Done = new Map();
  for (const node of topological([root])) {
    const [text, strength] = render(node, done);
    done.set(node, text.length <= LONGEST ? [text, strength] : ["…", ATOM]);
  }
  return done.get(root)![0];
}

function render(node: Node, done: Done): Rendered {
  const { op, args } = node;
  const text = (k: number) => done.get(args[k]!)![0];
  if (op === "const") return number(node.number!);
  if (op === "var") return [node.name!, ATOM];
  if (op === "pi" || op === "e") return [op, ATOM];
  if (op === "add" || op === "sub") return [sum(node, done), SUM];
  if (op === "mul" || op === "div" || op === "neg" || (op === "ipow" && node.power! < 0)) return product(node, done);
  if (op === "ipow" || op === "pow") {
    const exponent = op === "ipow" ? String(node.power) : wrap(done.get(args[1]!)!, ATOM);
    return [raise(wrap(done.get(args[0]!)!, ATOM), exponent), POWER];
  }
  if (op === "lt" || op === "le") return [`${text(0)} ${op === "lt" ? "<" : "<="} ${text(1)}`, SUM];
  return [`${op}(${args.map((_, k) => text(k)).join(", ")})`, ATOM];
}

/** An integer that can be typed again: long ones with an exponent. */
function large(n: bigint): string {
  const digits = String(n);
  if (digits.length <= 21) return digits;
  const short = rounded(R.rational(n));
  return short !== null && R.compare(R.parseRational(short), R.rational(n)) === 0 ? short : digits;
}

function number(given: Rational): Rendered {
  const value = typable(given);
  const minus = value.n < 0n;
  const decimal = decimalForm(R.abs(value));
  if (decimal !== null) {
    return [(minus ? "-" : "") + decimal, minus ? SIGN : decimal.includes("e") ? PRODUCT : ATOM];
  }
  if (value.d === 1n) return [large(value.n), minus ? SIGN : ATOM];
  return [`${large(value.n)}/${large(value.d)}`, minus ? SIGN : PRODUCT];
}

const parenthesize = (inside: string): string => `(${inside})`;

const wrap = ([text, strength]: Rendered, least: number): string =>
  strength >= least ? text : parenthesize(text);

function raise(base: string, exponent: string): string {
  const plain = /^\d+$/.test(exponent) || /^[\p{L}\p{N}]+$/u.test(exponent) || exponent.startsWith("(");
  return `${base}^${plain ? exponent : parenthesize(exponent)}`;
}

function sum(node: Node, done: Done): string {
  let [text, strength] = done.get(node.args[1]!)!;
  let minus = node.op === "sub";
  // a + (-b) reads a - b, and a - (-b) reads a + b.
  if (text.startsWith("-") && strength >= PRODUCT) [minus, text] = [!minus, text.slice(1)];
  else if (strength === SUM && (minus || text.startsWith("-"))) text = parenthesize(text);
  return `${done.get(node.args[0]!)![0]} ${minus ? "-" : "+"} ${text}`;
}

function product(node: Node, done: Done): Rendered {
  let { coefficient, top, bottom } = factorsOf(node);
  const sign = coefficient.n < 0n ? "-" : "";
  coefficient = typable(R.abs(coefficient));
  const ranked = (factors: Factor[]): Rendered[] =>
    [...factors].sort(byRank).map(([base, n]) =>
      n === 1 ? done.get(base)! : ([raise(wrap(done.get(base)!, ATOM), String(n)), POWER] as const));
  const over = ranked(top);
  const under = ranked(bottom);
  const decimal = decimalForm(coefficient);
  if (decimal !== null) {
    over.unshift([decimal, ATOM]);
    coefficient = R.rational(1);
  } else if (coefficient.d > 1n && decimalForm(R.div(R.rational(1), coefficient)) !== null) {
    // x/1.41 reads better than 100x/141.
    under.unshift([decimalForm(R.div(R.rational(1), coefficient))!, ATOM]);
    coefficient = R.rational(1);
  } else if (coefficient.n !== 1n || !over.length) {
    over.unshift([large(coefficient.n), ATOM]);
  }
  if (coefficient.d !== 1n) under.unshift([large(coefficient.d), ATOM]);
  const strength = sign ? SIGN : PRODUCT;
  const beside = (parts: Rendered[]) => join(parts.map((f) => wrap(f, POWER)));
  if (!under.length) return over.length === 1 && !sign ? over[0]! : [sign + beside(over), strength];
  const above = over.length ? beside(over) : "1";
  const below = under.length > 1 ? parenthesize(beside(under)) : beside(under);
  return [`${sign}${above}/${below}`, strength];
}

const join = (factors: string[]): string =>
  factors.reduce((joined, factor, k) => joined + (k && !touches(factors[k - 1]!, factor) ? "*" : "") + factor, "");

/** Whether "2" and "x" may stand as "2x" and still be read as a product. */
function touches(before: string, factor: string): boolean {
  if (!/^(\d+\.?\d*|\.\d+)$/.test(before) || before === "0") return false;
  if (factor.startsWith("(")) return true;
  if (!/^\p{L}/u.test(factor)) return false;
  return FUNCTIONS.has(factor.split("(")[0]!) || !"eEjJ".includes(factor[0]!);
}
