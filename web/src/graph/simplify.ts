/**
 * Rewriting that makes derivatives short and never changes a value or widens a domain:
 * the twin of steepest/expression/simplify.py.
 */

import { E, ONE, ZERO, build, constant, integerPower, isFoldable, rationalValue, topological } from "./graph";
import type { Node } from "./graph";
import * as R from "./rational";
import type { Rational } from "./rational";

const UNIT = R.rational(1);
const DEEPEST = 6; // factors of a product that are searched for an equal base

const isOne = (r: Rational): boolean => r.n === 1n && r.d === 1n;

/** `node` as [c, t] with node = c*t; t is 1 for a constant. */
export function splitCoefficient(node: Node): [Rational, Node] {
  if (node.op === "const") return [node.number!, ONE];
  if (node.op === "neg") {
    const [c, t] = splitCoefficient(node.args[0]!);
    return [R.neg(c), t];
  }
  if (node.op === "mul" && node.args[0]!.op === "const") return [node.args[0]!.number!, node.args[1]!];
  return [UNIT, node];
}

export function scale(c: Rational, node: Node): Node {
  const [own, t] = splitCoefficient(node);
  if (!isFoldable(R.mul(c, own))) return build("mul", constant(c), node);
  c = R.mul(c, own);
  if (t === ONE) return constant(c);
  if (c.n === 0n && t.total) return ZERO;
  if (isOne(c)) return t;
  return c.n === -1n && c.d === 1n ? build("neg", t) : build("mul", constant(c), t);
}

export function neg(a: Node): Node {
  return a.op === "sub" ? build("sub", a.args[1]!, a.args[0]!) : scale(R.rational(-1), a);
}

export function add(a: Node, b: Node): Node {
  if (a === ZERO) return b;
  if (b === ZERO) return a;
  const [c, s] = splitCoefficient(a);
  const [d, t] = splitCoefficient(b);
  if (s === t) return scale(R.add(c, d), s);
  if (t === ONE && (a.op === "add" || a.op === "sub") && a.args[1]!.op === "const") {
    const own = a.op === "add" ? a.args[1]!.number! : R.neg(a.args[1]!.number!);
    return add(a.args[0]!, constant(R.add(own, d)));
  }
  if (d.n < 0n) return build("sub", a, scale(R.neg(d), t));
  if (c.n < 0n && d.n > 0n) return build("sub", b, scale(R.neg(c), s));
  return s === ONE ? build("add", b, a) : build("add", a, b);
}

export const sub = (a: Node, b: Node): Node => add(a, neg(b));

export function mul(a: Node, b: Node): Node {
  const [c, s] = splitCoefficient(a);
  const [d, t] = splitCoefficient(b);
  if (!isFoldable(R.mul(c, d))) return build("mul", a, b);
  if (s === ONE || t === ONE) return scale(R.mul(c, d), s === ONE ? t : s);
  return scale(R.mul(c, d), join(s, t));
}

function join(s: Node, t: Node): Node {
  if (s.op === "div" && t.op !== "div") return div(mul(s.args[0]!, t), s.args[1]!);
  if (t.op === "div") return div(mul(s, t.args[0]!), t.args[1]!);
  const [base, m] = baseOf(s);
  const [other, n] = baseOf(t);
  if (base === other && m * n > 0) return power(base, m + n);
  if (s.op === "mul" && t.op !== "mul") return insert(s, t);
  if (t.op === "mul" && s.op !== "mul") return insert(t, s);
  return build("mul", s, t);
}

/** product*factor, where a power of the same base inside `product` takes the factor up. */
function insert(product: Node, factor: Node): Node {
  const [base, n] = baseOf(factor);
  const factors = productParts(product).map(baseOf);
  for (let k = 0; k < factors.length; k++) {
    const [other, m] = factors[k]!;
    if (other === base && m * n > 0) {
      factors[k] = [base, m + n];
      const [first, ...rest] = factors.map(([b, p]) => power(b, p));
      return rest.reduce((product, part) => build("mul", product, part), first!);
    }
  }
  return build("mul", product, factor);
}

const baseOf = (node: Node): [Node, number] =>
  node.op === "ipow" ? [node.args[0]!, node.power!] : [node, 1];

/** a/b. Only constants cancel: a common factor may be zero. */
export function div(a: Node, b: Node): Node {
  let [c, s] = splitCoefficient(a);
  let [d, t] = splitCoefficient(b);
  if (d.n === 0n) return build("div", a, b);
  const ratio = R.div(c, d);
  if (![ratio, R.rational(ratio.n), R.rational(ratio.d)].every(isFoldable)) return build("div", a, b);
  if (t === ONE) return scale(ratio, s);
  if (c.n === 0n && s === ONE) return build("div", ZERO, t);
  [s, t] = cancel(s, t);
  const top = scale(R.rational(R.abs(ratio).n), s);
  const bottom = scale(R.rational(ratio.d), t);
  // 1/(p/q) is undefined at q = 0 while q/p is not, so that fraction stays nested.
  const quotient =
    bottom.op !== "div" && top.op === "div"
      ? build("div", top.args[0]!, mul(top.args[1]!, bottom))
      : build("div", top, bottom);
  return ratio.n >= 0n ? quotient : build("neg", quotient);
}

/** x^2/x^3 -> 1/x, but x^2/x stays: at least one power remains below. */
function cancel(top: Node, bottom: Node): [Node, Node] {
  const below = productParts(bottom).map(baseOf);
  if (below.every(([, n]) => n < 2)) return [top, bottom];
  const above = productParts(top).map(baseOf);
  for (let i = 0; i < below.length; i++) {
    for (let k = 0; k < above.length; k++) {
      const [base, n] = below[i]!;
      const [other, m] = above[k]!;
      if (other === base && m > 0 && n > 1) {
        const common = Math.min(m, n - 1);
        above[k] = [base, m - common];
        below[i] = [base, n - common];
      }
    }
  }
  return [rejoin(above), rejoin(below)];
}

function productParts(node: Node): Node[] {
  const parts: Node[] = [];
  while (node.op === "mul" && parts.length < DEEPEST) {
    parts.push(node.args[1]!);
    node = node.args[0]!;
  }
  return [node, ...parts.reverse()];
}

const rejoin = (factors: [Node, number][]): Node =>
  factors.reduce((product, [base, n]) => (n ? mul(product, power(base, n)) : product), ONE);

export function power(base: Node, n: number): Node {
  if (n === 1) return base;
  if (n === 0 && base.total) return ONE;
  if (base.op === "mul" && base.args[0]!.op === "const" && n > 0) {
    const coefficient = integerPower(base.args[0]!, n);
    if (coefficient.op === "const") return mul(coefficient, power(base.args[1]!, n));
  }
  if (base.op === "neg") {
    const inner = power(base.args[0]!, n);
    return n % 2 === 0 ? inner : neg(inner);
  }
  if (base.op === "ipow" && n > 0 && base.power! > 0) {
    return integerPower(base.args[0]!, base.power! * n);
  }
  return integerPower(base, n);
}

const ZERO_AT_ZERO = new Set(
  "sqrt cbrt sin tan asin atan sinh tanh asinh atanh sign relu erf".split(" "),
);
const ONE_AT_ZERO = new Set(["exp", "cos", "cosh"]);

function integerRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt((R.bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}

/** The function `op` of `args`, evaluated where the result is an exact constant. */
export function call(op: string, ...args: Node[]): Node {
  const a = args[0]!;
  if (a === ZERO && ZERO_AT_ZERO.has(op)) return ZERO;
  if (a === ZERO && ONE_AT_ZERO.has(op)) return ONE;
  if (op === "log" && (a === E || a === ONE)) return a === E ? ONE : ZERO;
  const value = rationalValue(a);
  if (op === "sqrt" && value && value.n >= 0n) {
    const root = R.rational(integerRoot(value.n), integerRoot(value.d));
    if (R.compare(R.mul(root, root), value) === 0) return constant(root);
  }
  if (op === "pow") {
    const exponent = rationalValue(args[1]!);
    if (exponent && exponent.n === 1n && exponent.d === 2n) return call("sqrt", a);
    if (exponent && exponent.d === 1n) return power(a, Number(exponent.n));
  }
  if ((op === "abs" || op === "cosh" || op === "cos") && a.op === "neg") return call(op, a.args[0]!);
  if (op === "where" && args[1] === args[2]) return a.total ? args[1]! : build(op, ...args);
  return build(op, ...args);
}

const BUILDERS: Record<string, (a: Node, b: Node) => Node> = { add, sub, mul, div };

function apply(node: Node, args: Node[]): Node {
  if (node.op === "ipow") return power(args[0]!, node.power!);
  if (node.op === "neg") return neg(args[0]!);
  const builder = BUILDERS[node.op];
  return builder ? builder(args[0]!, args[1]!) : call(node.op, ...args);
}

const CHAIN: Record<string, string> = { add: "sum", sub: "sum", mul: "product" };

/** `roots` rewritten: like terms and equal factors collected through whole chains. */
export function simplify(roots: readonly Node[]): Node[] {
  const order = topological(roots);
  const uses = new Map<Node, number>();
  const parents = new Map<Node, string>();
  const count = (node: Node) => uses.set(node, (uses.get(node) ?? 0) + 1);
  for (const node of order) {
    for (const a of node.args) {
      count(a);
      parents.set(a, node.op);
    }
  }
  roots.forEach(count);
  const fresh = new Map<Node, Node>();
  for (const node of order) {
    if (!node.args.length) {
      fresh.set(node, node);
      continue;
    }
    const kind = CHAIN[node.op];
    const inside = uses.get(node) === 1 && CHAIN[parents.get(node) ?? ""] === kind;
    if (kind === "sum" && !inside) fresh.set(node, collectSum(node, uses, fresh));
    else if (kind === "product" && !inside) fresh.set(node, collectProduct(node, uses, fresh));
    else fresh.set(node, apply(node, node.args.map((a) => fresh.get(a)!)));
  }
  return roots.map((root) => fresh.get(root)!);
}

/** The parts of the chain that hangs on `root`, left to right, each with its sign. */
function links(root: Node, kind: string, uses: Map<Node, number>): [Node, bigint][] {
  const parts: [Node, bigint][] = [];
  const stack: [Node, bigint][] = [[root, 1n]];
  while (stack.length) {
    const [node, sign] = stack.pop()!;
    if (CHAIN[node.op] === kind && (node === root || uses.get(node) === 1)) {
      stack.push([node.args[1]!, node.op === "sub" ? -sign : sign]);
      stack.push([node.args[0]!, sign]);
    } else {
      parts.push([node, sign]);
    }
  }
  return parts;
}

function collectSum(root: Node, uses: Map<Node, number>, fresh: Map<Node, Node>): Node {
  const terms = new Map<Node, Rational>();
  for (const [part, sign] of links(root, "sum", uses)) {
    const [c, t] = splitCoefficient(fresh.get(part)!);
    const signed = sign < 0n ? R.neg(c) : c;
    const before = terms.get(t);
    terms.set(t, before ? R.add(before, signed) : signed);
  }
  const number = terms.get(ONE) ?? R.rational(0);
  terms.delete(ONE);
  let total = ZERO;
  for (const [t, c] of terms) total = add(total, scale(c, t));
  return add(total, constant(number));
}

function collectProduct(root: Node, uses: Map<Node, number>, fresh: Map<Node, Node>): Node {
  let number = UNIT;
  const beyond: Node[] = []; // constants whose product would leave the range of doubles
  // Positive and negative powers of one base are kept apart: x*(1/x) is undefined at 0.
  const powers = new Map<string, [Node, number]>();
  for (const [part] of links(root, "product", uses)) {
    const [c, t] = splitCoefficient(fresh.get(part)!);
    if (isFoldable(R.mul(number, c))) number = R.mul(number, c);
    else beyond.push(constant(c));
    if (t !== ONE) {
      const [base, n] = baseOf(t);
      const key = `${base.id} ${n > 0}`;
      powers.set(key, [base, (powers.get(key)?.[1] ?? 0) + n]);
    }
  }
  let product = ONE;
  for (const [base, n] of powers.values()) product = mul(product, power(base, n));
  return beyond.reduce(mul, scale(number, product));
}
