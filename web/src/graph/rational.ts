/** Exact rational numbers: what constants of a formula are made of. */

export interface Rational {
  readonly n: bigint;
  /** Positive; 1 for an integer. */
  readonly d: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

export function rational(n: bigint | number, d: bigint | number = 1n): Rational {
  let top = BigInt(n);
  let bottom = BigInt(d);
  if (bottom === 1n) return { n: top, d: bottom };
  if (bottom < 0n) [top, bottom] = [-top, -bottom];
  const common = gcd(top, bottom);
  return common === 1n ? { n: top, d: bottom } : { n: top / common, d: bottom / common };
}

export const add = (a: Rational, b: Rational): Rational => rational(a.n * b.d + b.n * a.d, a.d * b.d);
export const sub = (a: Rational, b: Rational): Rational => rational(a.n * b.d - b.n * a.d, a.d * b.d);
export const mul = (a: Rational, b: Rational): Rational => rational(a.n * b.n, a.d * b.d);
export const div = (a: Rational, b: Rational): Rational => rational(a.n * b.d, a.d * b.n);
export const neg = (a: Rational): Rational => ({ n: -a.n, d: a.d });
export const abs = (a: Rational): Rational => (a.n < 0n ? neg(a) : a);
export const compare = (a: Rational, b: Rational): number => {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** base^exponent; the base is not 0 where the exponent is negative. */
export function power(base: Rational, exponent: number): Rational {
  const k = BigInt(Math.abs(exponent));
  return exponent < 0 ? rational(base.d ** k, base.n ** k) : { n: base.n ** k, d: base.d ** k };
}

/** "3", "-1/10", or a decimal literal such as "2.5e-3". */
export function parseRational(text: string): Rational {
  const fraction = /^(-?\d+)\/(\d+)$/.exec(text);
  if (fraction) return rational(BigInt(fraction[1]!), BigInt(fraction[2]!));
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", decimals = ""] = mantissa.split(".");
  const shift = Number(exponent) - decimals.length;
  const digits = BigInt(whole + decimals || "0");
  if (digits === 0n) return rational(0n); // 0e999999999 would compute the power of ten
  return shift >= 0 ? rational(digits * 10n ** BigInt(shift)) : rational(digits, 10n ** BigInt(-shift));
}

export const show = (a: Rational): string => (a.d === 1n ? `${a.n}` : `${a.n}/${a.d}`);

export function bitLength(a: bigint): number {
  const magnitude = a < 0n ? -a : a;
  return magnitude === 0n ? 0 : magnitude.toString(2).length;
}

const EXACT = 2n ** 53n;

/** The nearest double, ties to even; infinite beyond the range. */
export function toNumber(a: Rational): number {
  const top = a.n < 0n ? -a.n : a.n;
  const sign = a.n < 0n ? -1 : 1;
  // Division of two exact doubles rounds once, so it is already right.
  if (top <= EXACT && a.d <= EXACT) return (sign * Number(top)) / Number(a.d);
  if (a.d === 1n) return sign * Number(top);
  // A quotient of at least 66 bits; the last bit is sticky, so that Number() rounds it rightly.
  const shift = 66 - (bitLength(top) - bitLength(a.d));
  const scaled = shift >= 0 ? top << BigInt(shift) : top;
  const divisor = shift >= 0 ? a.d : a.d << BigInt(-shift);
  let quotient = scaled / divisor;
  if (scaled % divisor) quotient |= 1n;
  const exponent = -shift;
  // Subnormal results are rounded at 2^-1074, not at 53 bits.
  const lowest = -1074 - exponent;
  if (lowest > bitLength(quotient) - 53) {
    if (lowest > bitLength(quotient) + 1) return sign * 0;
    const unit = 1n << BigInt(lowest);
    const rest = quotient % unit;
    let count = quotient / unit;
    const twice = 2n * rest;
    if (twice > unit || (twice === unit && count & 1n)) count += 1n;
    return sign * Number(count) * 2 ** -1074;
  }
  const rounded = Number(quotient);
  // Two factors, because 2^exponent alone may under- or overflow.
  const half = Math.trunc(exponent / 2);
  return sign * rounded * 2 ** half * 2 ** (exponent - half);
}
