/**
 * A normal form that decides most equalities of formulas exactly, the twin of
 * steepest/explain/normal.py. Every formula becomes a fraction of polynomials in few kinds of
 * atoms. Where two normal forms agree, the formulas agree at every point where both are
 * defined, except perhaps on the borders of conditions.
 */

import { topological } from "../graph/graph";
import type { Node } from "../graph/graph";
import { Exponentials } from "./normal-exponentials";
import { ONE, TooLarge, leadingSign } from "./polynomials";
import type { Quotient } from "./polynomials";

const BUDGET = 20_000;
const LARGEST_POWER = 64; // of a sum; higher powers are not multiplied out
const ODD = new Set(["asin", "atan", "erf", "asinh", "atanh"]);

/**
 * True if `a` and `b` agree wherever both are defined, false if they certainly differ: where the
 * normal form of a - b is not 0 and has only atoms between which there is no relation. Null
 * where neither is known.
 */
export function decide(a: Node, b: Node): boolean | null {
  if (a === b) return true;
  const form = new Form(BUDGET);
  try {
    const difference = form.difference(a, b);
    if (!difference.top.size) return true;
    return form.independent(difference) ? false : null;
  } catch (error) {
    if (error instanceof TooLarge || error instanceof RangeError) return null;
    throw error;
  }
}

type Rule = (...args: Quotient[]) => Quotient;

class Form extends Exponentials {
  readonly #done = new Map<Node, Quotient>();
  readonly #plain = new Set<number>();
  readonly #rules: Record<string, Rule> = {
    neg: (a) => this.ring.neg(a!), add: (a, b) => this.ring.add(a!, b!),
    sub: (a, b) => this.ring.sub(a!, b!), mul: (a, b) => this.ring.mul(a!, b!),
    div: (a, b) => this.div(a!, b!), pow: (a, b) => this.pow(a!, b!), e: () => this.e(),
    lt: (a, b) => this.lt(a!, b!), le: (a, b) => this.le(a!, b!),
    where: (c, a, b) => this.where(c!, a!, b!), max: (a, b) => this.max(a!, b!), min: (a, b) => this.min(a!, b!),
    sign: (a) => this.sign(a!), abs: (a) => this.abs(a!), relu: (a) => this.relu(a!),
    sqrt: (a) => this.sqrt(a!), cbrt: (a) => this.cbrt(a!), hypot: (a, b) => this.hypot(a!, b!),
    exp: (a) => this.exp(a!), log: (a) => this.log(a!), log2: (a) => this.log2(a!), log10: (a) => this.log10(a!),
    sin: (a) => this.sin(a!), cos: (a) => this.cos(a!), tan: (a) => this.tan(a!), acos: (a) => this.acos(a!),
    sinh: (a) => this.sinh(a!), cosh: (a) => this.cosh(a!), tanh: (a) => this.tanh(a!),
    sigmoid: (a) => this.sigmoid(a!), softplus: (a) => this.softplus(a!),
  };

  difference(a: Node, b: Node): Quotient {
    for (const node of topological([a, b])) {
      if (!this.#done.has(node)) {
        this.#done.set(node, this.#apply(node, node.args.map((x) => this.#done.get(x)!)));
      }
    }
    return this.ring.sub(this.#done.get(a)!, this.#done.get(b)!);
  }

  /** Whether no relation can hold between the atoms of a polynomial. */
  independent({ top }: Quotient): boolean {
    const { ring } = this;
    const free = (atom: number): boolean =>
      atom === ring.imaginary || atom === ring.atoms.get("pi") || this.#plain.has(atom) ||
      (this.exponentials.get(atom)?.every((inner) => this.#plain.has(inner)) ?? false);
    return [...top.values()].every(({ m }) => m.every(([atom]) => free(atom)));
  }

  #apply(node: Node, args: Quotient[]): Quotient {
    const { op } = node;
    if (op === "const") return this.ring.constant(node.number!);
    if (op === "pi") return this.ring.monomial([this.pi(), ONE]);
    if (op === "var") {
      const atom = this.ring.atom(`var ${node.name}`);
      this.#plain.add(atom);
      return this.ring.monomial([atom, ONE]);
    }
    if (op === "ipow") {
      const n = node.power!;
      if (Math.abs(n) > LARGEST_POWER && args[0]!.top.size > 1) throw new TooLarge();
      return this.ring.power(args[0]!, n);
    }
    const rule = this.#rules[op];
    if (rule) return rule(...args);
    if (ODD.has(op) && args[0]!.top.size) {
      const sign = this.whole(leadingSign(args[0]!));
      return this.ring.scale(sign, this.opaque(op, this.ring.scale(sign, args[0]!)));
    }
    return this.opaque(op, ...args);
  }
}
