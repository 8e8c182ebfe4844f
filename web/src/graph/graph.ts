/**
 * The expression graph, the twin of steepest/expression/graph.py: nodes are hash-consed, so
 * equal subexpressions are one object and `===` decides equality. Building folds exact
 * rational constants and nothing else.
 */

import * as R from "./rational";
import type { Rational } from "./rational";

export const ARITY: Readonly<Record<string, number>> = {
  const: 0, var: 0, pi: 0, e: 0,
  neg: 1, add: 2, sub: 2, mul: 2, div: 2, ipow: 1, pow: 2,
  abs: 1, sign: 1, sqrt: 1, cbrt: 1,
  exp: 1, log: 1, log2: 1, log10: 1,
  sin: 1, cos: 1, tan: 1, asin: 1, acos: 1, atan: 1, atan2: 2,
  sinh: 1, cosh: 1, tanh: 1, asinh: 1, acosh: 1, atanh: 1,
  sigmoid: 1, softplus: 1, relu: 1, erf: 1, hypot: 2,
  min: 2, max: 2, lt: 2, le: 2, where: 3,
};

/** Operations that have a finite real value for all real arguments ("ipow" if n >= 0). */
const TOTAL = new Set(
  ("const var pi e neg add sub mul abs sign cbrt exp sin cos atan sinh cosh tanh asinh sigmoid" +
    " softplus relu erf hypot min max lt le where").split(" "),
);

const MAX_FOLDED_BITS = 4096;
const CROWDED = 200_000;

export interface Node {
  readonly id: number;
  readonly op: string;
  readonly args: readonly Node[];
  /** A constant's value. */
  readonly number?: Rational;
  /** A variable's name. */
  readonly name?: string;
  /** The exponent of an ipow. */
  readonly power?: number;
  /** Whether the expression has a finite real value at every real point. */
  readonly total: boolean;
}

const interned = new Map<string, Node>();
let counter = 0;

type Payload = { number?: Rational; name?: string; power?: number };

function intern(op: string, args: readonly Node[], payload: Payload = {}): Node {
  const own = payload.number ? R.show(payload.number) : (payload.name ?? payload.power ?? "");
  const key = `${op} ${own} ${args.map((a) => a.id).join(",")}`;
  let node = interned.get(key);
  if (!node) {
    const total =
      (TOTAL.has(op) || (op === "ipow" && payload.power! >= 0)) && args.every((a) => a.total);
    node = { id: counter++, op, args, total, ...payload };
    interned.set(key, node);
  }
  return node;
}

export const constant = (value: Rational | number | bigint): Node =>
  intern("const", [], { number: typeof value === "object" ? value : R.rational(value) });
export const variable = (name: string): Node => intern("var", [], { name });

export const ZERO = constant(0);
export const ONE = constant(1);
export const TWO = constant(2);
export const PI = intern("pi", []);
export const E = intern("e", []);
const KEPT = [ZERO, ONE, TWO, PI, E];
const KEPT_KEYS = [...interned].filter(([, node]) => KEPT.includes(node));

/** Drop what earlier formulas left behind, once there is much of it. */
export function forgetOldNodes(): void {
  if (interned.size < CROWDED) return;
  interned.clear();
  for (const [key, node] of KEPT_KEYS) interned.set(key, node);
}

const FOLD: Record<string, (...v: Rational[]) => Rational | null> = {
  neg: (a) => R.neg(a!),
  add: (a, b) => R.add(a!, b!),
  sub: (a, b) => R.sub(a!, b!),
  mul: (a, b) => R.mul(a!, b!),
  div: (a, b) => (b!.n ? R.div(a!, b!) : null),
  abs: (a) => R.abs(a!),
  min: (a, b) => (R.compare(b!, a!) < 0 ? b! : a!),
  max: (a, b) => (R.compare(b!, a!) > 0 ? b! : a!),
};

export function build(op: string, ...args: Node[]): Node {
  if (args.length !== ARITY[op]) throw new TypeError(`${op} takes ${ARITY[op]} arguments`);
  if (op === "pow") {
    const exponent = integerValue(args[1]!);
    if (exponent !== null) return integerPower(args[0]!, exponent);
  }
  const fold = FOLD[op];
  if (fold && args.every((a) => a.op === "const")) {
    const folded = fold(...args.map((a) => a.number!));
    if (folded && isFoldable(folded)) return constant(folded);
  }
  return intern(op, args);
}

export function integerPower(base: Node, exponent: number): Node {
  if (base.op === "const") {
    const value = base.number!;
    const bits = Math.max(R.bitLength(value.n), R.bitLength(value.d));
    if (bits * Math.abs(exponent) <= MAX_FOLDED_BITS && (value.n || exponent >= 0)) {
      const folded = R.power(value, exponent);
      if (isFoldable(folded)) return constant(folded);
    }
  }
  return intern("ipow", [base], { power: exponent });
}

/** Whether a constant has a double, neither infinite nor 0, and moderately many digits. */
export function isFoldable(value: Rational): boolean {
  if (R.bitLength(value.n) + R.bitLength(value.d) > MAX_FOLDED_BITS) return false;
  if (value.n === 0n) return true;
  const rounded = R.toNumber(value);
  return Number.isFinite(rounded) && rounded !== 0;
}

export const rationalValue = (node: Node): Rational | null =>
  node.op === "const" ? node.number! : null;

/** The value of a constant that is an integer (rounded to a double if it is huge). */
export function integerValue(node: Node): number | null {
  const value = rationalValue(node);
  return value && value.d === 1n ? Number(value.n) : null;
}

/** Every node that `roots` depend on, once, arguments before the nodes that use them. */
export function topological(roots: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: [Node, boolean][] = [...roots].reverse().map((r) => [r, false]);
  while (stack.length) {
    const [node, expanded] = stack.pop()!;
    if (expanded) {
      order.push(node);
    } else if (!seen.has(node)) {
      seen.add(node);
      if (node.args.length) {
        stack.push([node, true]);
        for (let i = node.args.length - 1; i >= 0; i--) {
          if (!seen.has(node.args[i]!)) stack.push([node.args[i]!, false]);
        }
      } else {
        order.push(node);
      }
    }
  }
  return order;
}

/** The same operation on other arguments. */
export function rebuild(node: Node, args: Node[]): Node {
  if (!node.args.length) return node;
  return node.op === "ipow" ? integerPower(args[0]!, node.power!) : build(node.op, ...args);
}

export function variablesOf(roots: readonly Node[]): string[] {
  return topological(roots).filter((n) => n.op === "var").map((n) => n.name!);
}
