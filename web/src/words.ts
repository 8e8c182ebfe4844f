/** Numbers and points as people read them, the twin of steepest/view/numbers.py. */

/** 12.165525 -> "12.17", 13.0 -> "13", 1234567 -> "1.235e6", -0.0 -> "0", with a true minus. */
export function short(value: number, significant = 4): string {
  return ascii(value, significant).replace(/-/g, "−");
}

export function ascii(value: number, significant: number): string {
  if (Number.isNaN(value)) return "undefined";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  const rounded = Number(value.toPrecision(significant));
  if (rounded === 0) return "0";
  const size = Math.abs(rounded);
  if (size < 1e6 && size >= 1e-4) {
    const places = Math.max(0, significant - 1 - Math.floor(Math.log10(size)));
    return trimZeros(rounded.toFixed(Math.min(places, 20)));
  }
  const [mantissa = "", exponent = "0"] = rounded.toExponential(significant - 1).split("e");
  return `${trimZeros(mantissa)}e${Number(exponent)}`;
}

const trimZeros = (digits: string): string =>
  digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;

/** (1, 2), which no line breaks; a single coordinate is a number. */
export function point(values: ArrayLike<number>, significant = 4): string {
  const written = Array.from(values, (v) => short(v, significant));
  return written.length === 1 ? written[0]! : `(${written.join(",\u00a0")})`;
}

/** The number split at its decimal point, so that a column of them can be aligned on it. */
export function atPoint(value: number, significant = 4): [whole: string, rest: string] {
  const text = short(value, significant);
  const cut = text.search(/[.e]/);
  return cut < 0 ? [text, ""] : [text.slice(0, cut), text.slice(cut)];
}

/** A number for an input field: plain ASCII, up to 6 digits. */
export const typed = (value: number): string => ascii(value, 6);

/** What Python wrote, with true minus signs. */
export const withMinus = (text: string): string => text.replace(/(^|[\s([,=·^]|\de)-/g, "$1−");

/** A critical point's kind as a reader knows it. */
export const called = (kind: string): string => (kind === "undecided" ? "degenerate" : kind);

export const degrees = (radians: number): string => `${short((radians * 180) / Math.PI, 3)}°`;

// Made once: toLocaleString makes one at each call.
const grouped = new Intl.NumberFormat("en-US");

export const count = (n: number, thing: string): string =>
  `${grouped.format(n)} ${thing}${n === 1 ? "" : thing.endsWith("x") ? "es" : "s"}`;

/** "one", "two" … "twelve", then digits. */
export function inWords(n: number): string {
  const words = "no one two three four five six seven eight nine ten eleven twelve".split(" ");
  return words[n] ?? grouped.format(n);
}
