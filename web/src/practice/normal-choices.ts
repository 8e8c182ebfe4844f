/** Normal forms, first part: arithmetic, and choices through conditions that are 0 or 1. */

import * as R from "../graph/rational";
import type { Rational } from "../graph/rational";
import { ONE, Ring, content, fraction, isWhole, leadingSign, numberOf, polynomial, quotientKey } from "./polynomials";
import type { Quotient } from "./polynomials";

/** Arithmetic, comparisons, |x|, max and where in one ring: steepest/explain/normal_choices.py. */
export class Choices {
  readonly ring: Ring;

  constructor(budget: number) {
    this.ring = new Ring(budget);
  }

  protected whole = (n: number): Rational => R.rational(n);

  protected opaque(op: string, ...args: Quotient[]): Quotient {
    return this.ring.monomial([this.ring.atom(`${op} ${args.map(quotientKey).join(" , ")}`), ONE]);
  }

  protected pi(): number {
    const atom = this.ring.atom("pi");
    this.ring.positive.add(atom);
    return atom;
  }

  div(a: Quotient, b: Quotient): Quotient {
    return this.ring.mul(a, this.ring.reciprocal(b));
  }

  /** 1 where a > 0, 0 where a < 0; the border is not looked at. */
  protected condition(a: Quotient): Quotient {
    const { ring } = this;
    const number = numberOf(a);
    if (number) return ring.constant(number.n > 0n ? 1 : 0);
    const [only] = a.top.values();
    if (a.top.size === 1 && !a.bottom.size && ring.isReal([only!.m])) {
      const odd = only!.m
        .filter(([atom, e]) => !ring.positive.has(atom) && isWhole(e) && e.n % 2n !== 0n)
        .map(([atom]) => [atom, ONE] as const);
      if (!odd.length) return ring.constant(only!.c.n > 0n ? 1 : 0);
      a = fraction(polynomial([[odd, only!.c]]));
    }
    const sign = leadingSign(a);
    a = fraction(ring.scale(R.div(this.whole(sign), content(a.top)), a).top, a.bottom);
    const holds = ring.monomial([ring.indicator(`where ${quotientKey(a)}`), ONE]);
    return sign > 0 ? holds : ring.sub(ring.constant(1), holds);
  }

  lt(a: Quotient, b: Quotient): Quotient {
    return this.condition(this.ring.sub(b, a));
  }

  le(a: Quotient, b: Quotient): Quotient {
    const difference = this.ring.sub(b, a);
    return difference.top.size ? this.condition(difference) : this.ring.constant(1);
  }

  where(condition: Quotient, a: Quotient, b: Quotient): Quotient {
    return this.ring.add(b, this.ring.mul(condition, this.ring.sub(a, b)));
  }

  sign(a: Quotient): Quotient {
    if (!a.top.size) return this.ring.constant(0);
    return this.ring.sub(this.ring.scale(this.whole(2), this.condition(a)), this.ring.constant(1));
  }

  abs(a: Quotient): Quotient {
    return a.top.size ? this.ring.mul(a, this.sign(a)) : a;
  }

  relu(a: Quotient): Quotient {
    return a.top.size ? this.ring.mul(a, this.condition(a)) : a;
  }

  max(a: Quotient, b: Quotient): Quotient {
    return this.where(this.lt(b, a), a, b);
  }

  min(a: Quotient, b: Quotient): Quotient {
    return this.where(this.lt(a, b), a, b);
  }
}
