/** Normal forms, second part: roots as fractional powers (steepest/explain/normal_roots.py). */

import * as R from "../graph/rational";
import type { Rational } from "../graph/rational";
import { Choices } from "./normal-choices";
import { ONE, TooLarge, UNIT, content, fraction, isWhole, numberOf, polynomial, primeFactors } from "./polynomials";
import type { Monomial, Polynomial, Quotient } from "./polynomials";

export const HALF = R.rational(1, 2);

/** Square roots, cube roots and every power with a rational exponent. */
export class Roots extends Choices {
  sqrt(a: Quotient): Quotient {
    return this.root(a, HALF);
  }

  hypot(a: Quotient, b: Quotient): Quotient {
    return this.sqrt(this.ring.add(this.ring.mul(a, a), this.ring.mul(b, b)));
  }

  /** a^exponent where a >= 0, so that (x^2)^(1/2) is |x|. */
  protected root(a: Quotient, exponent: Rational): Quotient {
    const { ring } = this;
    if (isWhole(exponent)) return ring.power(a, Number(exponent.n));
    if (!a.top.size) return ring.constant(0);
    let result = ring.constant(1);
    // P/Q = P·Q/Q²: the radicand of a root has no denominator.
    let top = fraction(a.top);
    for (const { p, n } of a.bottom.values()) {
      const below = fraction(p);
      result = ring.mul(result, this.absPower(below, -n, exponent));
      if (n % 2) top = ring.mul(top, below);
    }
    const real = ring.isReal([...top.top.values()].map(({ m }) => m));
    const [common, rest]: [Monomial, Polynomial] = real ? ring.common(top.top) : [UNIT, top.top];
    let loose: (readonly [number, Rational])[] = [];
    for (const [atom, e] of common) {
      const known = ring.positive.has(atom) || !isWhole(e);
      if (known || e.n % 2n === 0n) {
        const raised = R.mul(e, exponent);
        let part = ring.monomial([atom, raised]);
        if (!known && !(isWhole(raised) && raised.n % 2n === 0n)) {
          part = this.absPower(ring.monomial([atom, ONE]), Number(e.n), exponent);
        }
        result = ring.mul(result, part);
      } else {
        loose.push([atom, e]);
      }
    }
    if (loose.length === 1 && rest.size === 1 && [...rest.values()][0]!.c.n > 0n) {
      // x^(3/2) is defined only where x >= 0.
      const [atom, e] = loose[0]!;
      result = ring.mul(result, ring.monomial([atom, R.mul(e, exponent)]));
      loose = [];
    }
    return ring.mul(result, this.#rootOfRest(ring.mul(fraction(rest), ring.monomial(...loose)), exponent));
  }

  /** |base|^(m·exponent), where m is n or, for odd n, the even number below. */
  protected absPower(base: Quotient, n: number, exponent: Rational): Quotient {
    const { ring } = this;
    const whole = R.mul(this.whole(n % 2 ? n - 1 : n), exponent);
    if (!isWhole(whole)) {
      const size = this.abs(base);
      if (size.bottom.size) throw new TooLarge();
      return ring.monomial([ring.powerAtom(size.top), whole]);
    }
    return ring.power(whole.n % 2n === 0n ? base : this.abs(base), Number(whole.n));
  }

  #rootOfRest(a: Quotient, exponent: Rational): Quotient {
    const { ring } = this;
    if (a.bottom.size) throw new TooLarge();
    const size = content(a.top);
    const primitive = ring.scale(R.div(ONE, size), a).top;
    const result = this.#numberRoot(size, exponent);
    const number = numberOf(fraction(primitive));
    if (number && R.compare(number, ONE) === 0) return result;
    return ring.mul(result, ring.monomial([ring.powerAtom(primitive), exponent]));
  }

  #numberRoot(value: Rational, exponent: Rational): Quotient {
    let result = this.ring.constant(1);
    for (const [sign, part] of [[1, value.n], [-1, value.d]] as const) {
      for (const [prime, n] of primeFactors(part)) {
        const atom = this.ring.powerAtom(polynomial([[UNIT, R.rational(prime)]]));
        result = this.ring.mul(result, this.ring.monomial([atom, R.mul(this.whole(sign * n), exponent)]));
      }
    }
    return result;
  }

  cbrt(a: Quotient): Quotient {
    // The real cube root is sign(a)·|a|^(1/3).
    const third = R.rational(1, 3);
    if ((numberOf(a)?.n ?? 0n) > 0n) return this.root(a, third);
    const sign = this.sign(a);
    return this.ring.mul(sign, this.root(this.ring.mul(sign, a), third));
  }
}
