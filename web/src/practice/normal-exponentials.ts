/**
 * Normal forms, third part: exponentials, trigonometric functions through exp(i x), logarithms
 * (steepest/explain/normal_exponentials.py).
 */

import * as R from "../graph/rational";
import type { Rational } from "../graph/rational";
import { HALF, Roots } from "./normal-roots";
import { ONE, TooLarge, bottomKey, content, floor, fraction, isWhole, keyOf, leadingSign, numberOf, polynomial, polynomialKey, primeFactors } from "./polynomials";
import type { Monomial, Quotient } from "./polynomials";

/** exp, powers with any exponent, sin … tanh, sigmoid, softplus, logarithms, acos. */
export class Exponentials extends Roots {
  /** The monomial log(u) -> u, so that exp(c·log u) is u^c. */
  readonly #logs = new Map<string, Quotient>();
  /** The atom exp(u) -> u. */
  readonly #exponents = new Map<number, Quotient>();
  /** Atoms exp(m) and exp(i·m) of a monomial m in these atoms. */
  protected readonly exponentials = new Map<number, readonly number[]>();

  pow(a: Quotient, b: Quotient): Quotient {
    const exponent = numberOf(b);
    return exponent ? this.root(a, exponent) : this.exp(this.ring.mul(b, this.log(a)));
  }

  e(): Quotient {
    return this.exp(this.ring.constant(1));
  }

  /** exp of a sum is a product of powers of exp(term). */
  exp(a: Quotient): Quotient {
    const { ring } = this;
    let result = ring.constant(1);
    for (const [key, { m, c }] of a.top) {
      const log = a.bottom.size ? undefined : this.#logs.get(key);
      if (log) {
        result = ring.mul(result, this.root(log, c)); // exp(c log a) is a^c
        continue;
      }
      const atom = this.#exponential("exp", a, m);
      const below = [...a.bottom.values()].flatMap(({ p }) => [...p.values()].map((t) => t.m));
      (ring.isReal([m, ...below]) ? ring.positive : ring.complex).add(atom);
      this.#exponents.set(atom, fraction(polynomial([[m, ONE]]), a.bottom));
      result = ring.mul(result, ring.monomial([atom, c]));
    }
    return result;
  }

  #exponential(kind: string, a: Quotient, m: Monomial): number {
    const atom = this.ring.atom(`${kind} ${keyOf(m)} / ${bottomKey(a)}`);
    if (m.length && !a.bottom.size) this.exponentials.set(atom, m.map(([inner]) => inner));
    return atom;
  }

  /** exp(i·sign·a). */
  #turn(a: Quotient, sign = 1): Quotient {
    const { ring } = this;
    let result = ring.constant(1);
    const halfTurn = keyOf([[this.pi(), ONE]]);
    for (const [key, { m, c }] of a.top) {
      let angle = R.mul(this.whole(sign), c);
      if (key === halfTurn && !a.bottom.size) {
        // Whole quarters of a turn are powers of i.
        angle = R.sub(angle, this.whole(2 * floor(R.mul(angle, HALF))));
        const quarters = floor(R.mul(angle, this.whole(2)));
        angle = R.sub(angle, R.mul(this.whole(quarters), HALF));
        result = ring.mul(result, ring.monomial([ring.imaginary, this.whole(quarters)]));
      }
      const atom = this.#exponential("turn", a, m);
      ring.complex.add(atom);
      result = ring.mul(result, ring.monomial([atom, angle]));
    }
    return result;
  }

  sin(a: Quotient): Quotient {
    const { ring } = this;
    const difference = ring.sub(this.#turn(a), this.#turn(a, -1));
    return ring.mul(difference, ring.scale(R.neg(HALF), ring.monomial([ring.imaginary, ONE])));
  }

  cos(a: Quotient): Quotient {
    return this.ring.scale(HALF, this.ring.add(this.#turn(a), this.#turn(a, -1)));
  }

  tan(a: Quotient): Quotient {
    return this.div(this.sin(a), this.cos(a));
  }

  sinh(a: Quotient): Quotient {
    return this.ring.scale(HALF, this.ring.sub(this.exp(a), this.exp(this.ring.neg(a))));
  }

  cosh(a: Quotient): Quotient {
    return this.ring.scale(HALF, this.ring.add(this.exp(a), this.exp(this.ring.neg(a))));
  }

  tanh(a: Quotient): Quotient {
    return this.div(this.sinh(a), this.cosh(a));
  }

  sigmoid(a: Quotient): Quotient {
    return this.ring.reciprocal(this.ring.add(this.ring.constant(1), this.exp(this.ring.neg(a))));
  }

  softplus(a: Quotient): Quotient {
    return this.log(this.ring.add(this.ring.constant(1), this.exp(a)));
  }

  log(a: Quotient): Quotient {
    const { ring } = this;
    if (!a.top.size) throw new TooLarge();
    const size = content(a.top);
    let result = this.#numberLog(size);
    let top = ring.scale(R.div(ONE, size), a).top;
    const [only] = top.values();
    if (top.size === 1 && !a.bottom.size && ring.isReal([only!.m]) && only!.c.n > 0n) {
      const rest: (readonly [number, Rational])[] = [];
      for (const [atom, e] of only!.m) {
        const inside = this.#exponents.get(atom);
        if (inside) result = ring.add(result, ring.scale(e, inside));
        else if (ring.positive.has(atom)) {
          result = ring.add(result, ring.scale(e, this.#logAtom(ring.monomial([atom, ONE]))));
        } else rest.push([atom, e]);
      }
      if (!rest.length) return result;
      if (rest.length === 1) {
        const [atom, e] = rest[0]!;
        const even = isWhole(e) && e.n % 2n === 0n;
        const base = ring.monomial([atom, this.whole(even ? 2 : 1)]);
        return ring.add(result, ring.scale(even ? R.mul(e, HALF) : e, this.#logAtom(base)));
      }
      top = polynomial([[rest, ONE]]);
    } else if (polynomialKey(top) === ":1" && a.bottom.size === 1) {
      const [factor] = a.bottom.values();
      if (factor!.n === 1) return ring.sub(result, this.log(fraction(factor!.p)));
    }
    return ring.add(result, this.#logAtom(fraction(top, a.bottom)));
  }

  #logAtom(a: Quotient): Quotient {
    const result = this.opaque("log", a);
    this.#logs.set([...result.top.keys()][0]!, a);
    return result;
  }

  #numberLog(value: Rational): Quotient {
    let result = this.ring.constant(0);
    for (const [sign, part] of [[1, value.n], [-1, value.d]] as const) {
      for (const [prime, n] of primeFactors(part)) {
        const log = this.#logAtom(this.ring.constant(R.rational(prime)));
        result = this.ring.add(result, this.ring.scale(this.whole(sign * n), log));
      }
    }
    return result;
  }

  log2(a: Quotient): Quotient {
    return this.div(this.log(a), this.#numberLog(this.whole(2)));
  }

  log10(a: Quotient): Quotient {
    return this.div(this.log(a), this.#numberLog(this.whole(10)));
  }

  acos(a: Quotient): Quotient {
    const rightAngle = this.ring.scale(HALF, this.ring.monomial([this.pi(), ONE]));
    if (!a.top.size) return rightAngle;
    const sign = this.whole(leadingSign(a));
    return this.ring.sub(rightAngle, this.ring.scale(sign, this.opaque("asin", this.ring.scale(sign, a))));
  }
}
