/**
 * Exact fractions of polynomials in atoms, the twin of steepest/explain/polynomials.py: the
 * arithmetic under `normal`. An atom is anything that is not a sum, product or quotient: a
 * variable, sin's exp(i x), a root. Denominators with several terms stay factored.
 */

import * as R from "../graph/rational";
import type { Rational } from "../graph/rational";

/** Powers of atoms, sorted by atom; exponents may be negative or fractions. */
export type Monomial = readonly (readonly [atom: number, exponent: Rational])[];
export interface Term { readonly m: Monomial; readonly c: Rational }
/** Terms by the key of their monomial. */
export type Polynomial = ReadonlyMap<string, Term>;
interface Factor { readonly p: Polynomial; readonly n: number }

/** `top` over a product of powers of monic polynomials. */
export interface Quotient {
  readonly top: Polynomial;
  readonly bottom: ReadonlyMap<string, Factor>;
}

/** The exact answer would take too long: nothing is decided. */
export class TooLarge extends Error {}

export const UNIT: Monomial = [];
export const ONE = R.rational(1);
const ZERO = R.rational(0);
const NOTHING: ReadonlyMap<string, Factor> = new Map();
const LARGEST = 1n << 10_000n; // in a coefficient: powers of powers would grow without end

export const isWhole = (a: Rational): boolean => a.d === 1n;
const isZero = (a: Rational): boolean => a.n === 0n;

export const keyOf = (m: Monomial): string => m.map(([a, e]) => `${a}^${R.show(e)}`).join(" ");

export const polynomialKey = (p: Polynomial): string =>
  [...p.keys()].sort().map((key) => `${key}:${R.show(p.get(key)!.c)}`).join("+");

export const bottomKey = (a: Quotient): string =>
  [...a.bottom].map(([key, { n }]) => `(${key})^${n}`).sort().join("");

/** Equal quotients (as written: nothing is cancelled) have equal keys. */
export const quotientKey = (a: Quotient): string => `${polynomialKey(a.top)}/${bottomKey(a)}`;

export const fraction = (top: Polynomial, bottom: ReadonlyMap<string, Factor> = NOTHING): Quotient => ({ top, bottom });

export function polynomial(terms: Iterable<readonly [Monomial, Rational]>): Polynomial {
  const sum = new Map<string, Term>();
  for (const [m, c] of terms) collect(sum, keyOf(m), m, c);
  return sum;
}

function collect(sum: Map<string, Term>, key: string, m: Monomial, c: Rational): void {
  const before = sum.get(key);
  const total = before ? R.add(before.c, c) : c;
  if (isZero(total)) sum.delete(key);
  else sum.set(key, { m, c: total });
}

/** The value of a constant; null for anything else. */
export function numberOf(a: Quotient): Rational | null {
  if (a.bottom.size || a.top.size > 1) return null;
  const only = a.top.get("");
  return a.top.size === 0 ? ZERO : only ? only.c : null;
}

/**
 * Arithmetic on quotients, with the relations that some atoms satisfy. `left` is the number of
 * products of two terms that may be spent.
 */
export class Ring {
  /** What an atom is -> its number. */
  readonly atoms = new Map<string, number>();
  /** Atoms a with a² = a: 1 where a condition holds, 0 elsewhere. */
  readonly indicators = new Set<number>();
  readonly positive = new Set<number>();
  /** Atoms whose value is a complex number. */
  readonly complex = new Set<number>();
  readonly imaginary: number;
  /** Atom -> the polynomial it is, if only its fractional powers are atoms. */
  readonly #powers = new Map<number, Polynomial>();
  #left: number;

  constructor(budget: number) {
    this.#left = budget;
    this.imaginary = this.atom("i");
    this.complex.add(this.imaginary);
  }

  atom(key: string): number {
    let number = this.atoms.get(key);
    if (number === undefined) this.atoms.set(key, (number = this.atoms.size));
    return number;
  }

  /** The atom whose fractional powers are those of `base`. */
  powerAtom(base: Polynomial): number {
    const number = this.atom(`power ${polynomialKey(base)}`);
    this.#powers.set(number, base);
    this.positive.add(number);
    return number;
  }

  indicator(key: string): number {
    const number = this.atom(key);
    this.indicators.add(number);
    return number;
  }

  constant(value: Rational | number): Quotient {
    const c = typeof value === "number" ? R.rational(value) : value;
    return fraction(polynomial(isZero(c) ? [] : [[UNIT, c]]));
  }

  /** A product of powers of atoms. */
  monomial(...factors: readonly (readonly [number, Rational])[]): Quotient {
    const m = factors.filter(([, e]) => !isZero(e)).sort(([a], [b]) => a - b);
    return this.#tidy(polynomial([[m, ONE]]), NOTHING);
  }

  add(a: Quotient, b: Quotient): Quotient {
    if (bottomKey(a) === bottomKey(b)) return this.#tidy(sum(a.top, b.top), a.bottom);
    const bottom = new Map(a.bottom);
    for (const [key, { p, n }] of b.bottom) bottom.set(key, { p, n: Math.max(n, bottom.get(key)?.n ?? 0) });
    return this.#tidy(sum(this.#over(a, bottom), this.#over(b, bottom)), bottom);
  }

  scale(c: Rational, a: Quotient): Quotient {
    if (isZero(c)) return fraction(new Map());
    return fraction(new Map([...a.top].map(([key, t]) => [key, { m: t.m, c: R.mul(c, t.c) }])), a.bottom);
  }

  neg(a: Quotient): Quotient {
    return this.scale(R.rational(-1), a);
  }

  sub(a: Quotient, b: Quotient): Quotient {
    return this.add(a, this.neg(b));
  }

  mul(a: Quotient, b: Quotient): Quotient {
    const bottom = new Map(a.bottom);
    for (const [key, { p, n }] of b.bottom) bottom.set(key, { p, n: n + (bottom.get(key)?.n ?? 0) });
    return this.#tidy(this.#product(a.top, b.top), bottom);
  }

  reciprocal(a: Quotient): Quotient {
    if (!a.top.size) throw new TooLarge();
    let top = this.constant(1).top;
    for (const { p, n } of a.bottom.values()) for (let k = 0; k < n; k++) top = this.#product(top, p);
    const [common, rest] = this.common(a.top);
    const lead = rest.get(last(rest))!.c;
    let inverse = this.monomial(...common.map(([atom, e]) => [atom, R.neg(e)] as const));
    if (rest.size > 1 || !rest.has("")) {
      const monic = this.scale(R.div(ONE, lead), fraction(rest)).top;
      inverse = fraction(inverse.top, new Map([...inverse.bottom, [polynomialKey(monic), { p: monic, n: 1 }]]));
    }
    return this.scale(R.div(ONE, lead), this.mul(fraction(top), inverse));
  }

  /** a^n for an integer n, by squaring. */
  power(a: Quotient, n: number): Quotient {
    if (n < 0) return this.power(this.reciprocal(a), -n);
    let result = this.constant(1);
    let square = a;
    for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2) result = this.mul(result, square);
      if (rest > 1) square = this.mul(square, square);
    }
    return result;
  }

  /** Whether every atom that occurs has a real value. */
  isReal(terms: Iterable<Monomial>): boolean {
    for (const m of terms) if (m.some(([a]) => this.complex.has(a))) return false;
    return true;
  }

  /** The monomial that divides every term of `p`, and what remains. */
  common(p: Polynomial): [Monomial, Polynomial] {
    const [first, ...rest] = [...p.values()];
    // Not what has no inverse (an indicator): it stays in the polynomial.
    let shared = first!.m.filter(([a]) => !this.indicators.has(a));
    for (const { m } of rest) {
      const powers = new Map(m);
      shared = shared
        .filter(([a]) => powers.has(a))
        .map(([a, e]) => [a, R.compare(powers.get(a)!, e) < 0 ? powers.get(a)! : e] as const);
    }
    if (!shared.length) return [UNIT, p];
    const taken = new Map(shared);
    const divided = [...p.values()].map(({ m, c }) => {
      const left = m.map(([a, e]) => [a, taken.has(a) ? R.sub(e, taken.get(a)!) : e] as const);
      return [left.filter(([, e]) => !isZero(e)), c] as const;
    });
    return [shared, polynomial(divided)];
  }

  #over(a: Quotient, bottom: ReadonlyMap<string, Factor>): Polynomial {
    let top = a.top;
    for (const [key, { p, n }] of bottom) {
      for (let k = a.bottom.get(key)?.n ?? 0; k < n; k++) top = this.#product(top, p);
    }
    return top;
  }

  #product(a: Polynomial, b: Polynomial): Polynomial {
    this.#left -= a.size * b.size;
    if (this.#left < 0) throw new TooLarge();
    const product = new Map<string, Term>();
    for (const s of a.values()) {
      for (const t of b.values()) {
        const m = join(s.m, t.m);
        const c = R.mul(s.c, t.c);
        if (R.abs(c).n > LARGEST || c.d > LARGEST) throw new TooLarge();
        collect(product, keyOf(m), m, c);
      }
    }
    return product;
  }

  /** The relations applied: i² = -1, indicators idempotent, whole powers of roots expanded. */
  #tidy(top: Polynomial, bottom: ReadonlyMap<string, Factor>): Quotient {
    if (!top.size) return fraction(top);
    const special = (a: number) => a === this.imaginary || this.indicators.has(a) || this.#powers.has(a);
    if (![...top.values()].some(({ m }) => m.some(([a]) => special(a)))) return fraction(top, bottom);
    const plain = new Map<string, Term>();
    const unfinished: [Monomial, Rational, [number, number][]][] = [];
    for (const { m, c } of top.values()) {
      let own = c;
      const atoms: (readonly [number, Rational])[] = [];
      const whole: [number, number][] = [];
      for (const [a, e] of m) {
        let left = e;
        if (a === this.imaginary) {
          const quarter = Number(modulo(e.n, 4n)); // its exponents are whole
          if (quarter >= 2) own = R.neg(own);
          left = R.rational(quarter % 2);
        } else if (this.indicators.has(a)) {
          left = ONE;
        } else if (this.#powers.has(a)) {
          const n = floor(e);
          if (n) whole.push([a, n]);
          left = R.sub(e, R.rational(n));
        }
        if (!isZero(left)) atoms.push([a, left]);
      }
      if (whole.length) unfinished.push([atoms, own, whole]);
      else collect(plain, keyOf(atoms), atoms, own);
    }
    let result = fraction(plain, bottom);
    for (const [m, c, whole] of unfinished) {
      let term = fraction(polynomial([[m, c]]), bottom);
      for (const [a, n] of whole) term = this.mul(term, this.power(fraction(this.#powers.get(a)!), n));
      result = this.add(result, term);
    }
    return result.top.size ? result : fraction(new Map());
  }
}

const modulo = (a: bigint, b: bigint): bigint => ((a % b) + b) % b;

export const floor = (a: Rational): number => Number((a.n - modulo(a.n, a.d)) / a.d);

function sum(a: Polynomial, b: Polynomial): Polynomial {
  const total = new Map(a);
  for (const [key, { m, c }] of b) collect(total, key, m, c);
  return total;
}

function join(m: Monomial, n: Monomial): Monomial {
  if (!m.length || !n.length) return m.length ? m : n;
  const joined: (readonly [number, Rational])[] = [];
  for (let i = 0, k = 0; i < m.length || k < n.length; ) {
    const [a, b] = [m[i]?.[0] ?? Infinity, n[k]?.[0] ?? Infinity];
    if (a < b) joined.push(m[i++]!);
    else if (b < a) joined.push(n[k++]!);
    else {
      const e = R.add(m[i++]![1], n[k++]![1]);
      if (!isZero(e)) joined.push([a, e]);
    }
  }
  return joined;
}

/** The key of the leading monomial: any order will do that is always the same. */
const last = (p: Polynomial): string => [...p.keys()].reduce((a, b) => (b > a ? b : a));

/** The sign of the leading coefficient: of a and -a one is the canonical one. */
export const leadingSign = (a: Quotient): 1 | -1 => (a.top.get(last(a.top))!.c.n > 0n ? 1 : -1);

function gcd(a: bigint, b: bigint): bigint {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

/** The positive rational that leaves coprime integers when taken out. */
export function content(top: Polynomial): Rational {
  let n = 0n;
  let d = 1n;
  for (const { c } of top.values()) {
    n = gcd(n, c.n);
    d = (d / gcd(d, c.d)) * c.d;
  }
  return R.rational(n, d);
}

const PRIMES = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n];

/** The prime factors of n > 0; a large factor that is hard to split is left whole. */
export function primeFactors(n: bigint): Map<bigint, number> {
  const found = new Map<bigint, number>();
  const count = (p: bigint, times: number) => found.set(p, (found.get(p) ?? 0) + times);
  for (const p of PRIMES) for (; n % p === 0n; n /= p) count(p, 1);
  if (n === 1n) return found;
  const root = integerRoot(n);
  if (root * root === n) count(root, 2);
  else count(n, 1);
  return found;
}

function integerRoot(n: bigint): bigint {
  let x = 1n << BigInt((R.bitLength(n) + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
