/** Functions that JavaScript lacks, or defines otherwise than C does, on one number. */

/** C's pow: 1^y is 1 and (-1)^±∞ is 1, where JavaScript says NaN. */
export function pow(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && (exponent === Infinity || exponent === -Infinity)) return 1;
  // numpy takes the square root here, and that of -∞ is undefined.
  if (base === -Infinity && exponent === 0.5) return NaN;
  return base ** exponent;
}

/** base^n; small powers by multiplication, as every evaluator does. */
export function integerPower(base: number, n: number): number {
  if (n === 2) return base * base;
  if (n === 3) return base * base * base;
  if (n === -1) return 1 / base;
  return pow(base, n);
}

/** NaN stays NaN, and the sign of zero is zero. */
export const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : NaN);

export function sigmoid(x: number): number {
  const z = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + z) : z / (1 + z);
}

export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);
const SERIES_ENDS = 1.5;

/**
 * The error function. Near 0 the series erf x = 2/√π e^(-x²) Σ 2ⁿ x^(2n+1)/(1·3·…·(2n+1)),
 * whose terms all have one sign; further out 1 - erfc x with erfc's continued fraction.
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (!(size <= 6)) return Number.isNaN(x) ? NaN : sign(x);
  if (size <= SERIES_ENDS) {
    const square = x * x;
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * square) / (2 * n + 1);
      sum += term;
    }
    return TWO_OVER_ROOT_PI * Math.exp(-square) * sum;
  }
  let fraction = size;
  for (let n = 120; n >= 1; n--) fraction = size + n / 2 / fraction;
  const rest = Math.exp(-size * size) / (fraction * Math.sqrt(Math.PI));
  return sign(x) * (1 - rest);
}

/** Operation -> the function of one number that computes it. */
export const NUMBERS: Record<string, (a: number) => number> = {
  neg: (a) => -a, abs: Math.abs, sign, sqrt: Math.sqrt, cbrt: Math.cbrt,
  exp: Math.exp, log: Math.log, log2: Math.log2, log10: Math.log10,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos,
  atan: Math.atan, sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh,
  asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
  sigmoid, softplus, relu: (a) => Math.max(a, 0), erf,
};

/** Operation -> the function of two numbers that computes it. */
export const PAIRS: Record<string, (a: number, b: number) => number> = {
  pow, atan2: Math.atan2, hypot: Math.hypot, min: Math.min, max: Math.max,
  lt: (a, b) => (a < b ? 1 : 0), le: (a, b) => (a <= b ? 1 : 0),
};
