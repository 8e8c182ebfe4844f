/** The names of the formula language, the twin of steepest/expression/names.py. */

import { ARITY, E, PI } from "../graph/graph";
import type { Node } from "../graph/graph";
import { FormulaError } from "./errors";
import { closest } from "./similar";

export const MAX_NAME = 16;

const words = (text: string): string[] => text.split(" ");

/** Function name in a formula -> operation of the graph. */
export const FUNCTIONS = new Map<string, string>([
  ...words(
    "abs sign min max sqrt cbrt exp log log2 log10 sin cos tan asin acos atan atan2" +
      " sinh cosh tanh asinh acosh atanh sigmoid softplus relu erf hypot",
  ).map((name): [string, string] => [name, name]),
  ["ln", "log"],
]);

/** What formulas that know data have besides; the page has none. */
const ARRAY_FUNCTIONS = words("sum mean dot norm norm1 norm2 transpose tr inv det logdet diag eye ones");
export const NEEDS_DATA =
  'give data: Formula(…, data={"x": […]}), or --data file.csv on the command line';

export const CONSTANTS = new Map<string, Node>([["pi", PI], ["π", PI], ["e", E]]);

export const GREEK = words(
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho" +
    " sigma tau upsilon phi chi psi omega",
);
const TITLES = GREEK.map((g) => g[0]!.toUpperCase() + g.slice(1));

const LETTER = new RegExp(
  `^([A-Za-z\\u0391-\\u03c9]|${GREEK.join("|")}|${TITLES.join("|")})[0-9]*(_[A-Za-z0-9]+)?$`,
);

const MEND: Record<string, string> = {
  arcsin: "write asin", arccos: "write acos", arctan: "write atan",
  arctan2: "write atan2", arcsinh: "write asinh", arccosh: "write acosh",
  arctanh: "write atanh", power: "write a^b", pow: "write a^b", square: "write x^2",
  maximum: "write max", minimum: "write min", tg: "write tan", sgn: "write sign",
  if: "write where(condition, a, b) for a choice",
  else: "write where(condition, a, b) for a choice",
  and: "nest where(…) to combine conditions", or: "nest where(…) to combine conditions",
  not: "swap the last two arguments of where(…)",
  nan: "a formula has real values only", inf: "a formula has real values only",
  infinity: "a formula has real values only",
};

/** x₁ is x1. */
export const plain = (name: string): string =>
  name.replace(/[₀-₉]/g, (digit) => String(digit.charCodeAt(0) - 0x2080));

export const isVariable = (name: string, declared: readonly string[] | null): boolean =>
  declared ? declared.includes(name) : LETTER.test(name);

/** The error for a name that means nothing, with the likeliest repair. */
export function unknownName(
  text: string,
  position: number,
  name: string,
  declared: readonly string[] | null,
): FormulaError {
  const refuse = (reason: string, hint: string) => new FormulaError(text, position, reason, hint);
  if (name.length > MAX_NAME) {
    return refuse(`a name of ${name.length} letters is too long`, `use at most ${MAX_NAME}`);
  }
  const lower = name.toLowerCase();
  if (Object.hasOwn(MEND, lower)) return refuse(`'${name}' is not part of a formula`, MEND[lower]!);
  if (ARRAY_FUNCTIONS.includes(name)) {
    return refuse(
      `'${name}' works on vectors and matrices, and this formula has no data`, NEEDS_DATA,
    );
  }
  if (declared && LETTER.test(name)) {
    const shown = declared.join(", ") || "none";
    return refuse(`'${name}' is not a variable here`, `the variables are: ${shown}`);
  }
  const called = text.slice(position + name.length).trimStart().startsWith("(");
  const guess = guessed(name, declared, called);
  if (guess) return refuse(`unknown name '${name}'`, `did you mean ${guess}?`);
  return refuse(
    `unknown name '${name}'`,
    called
      ? `the functions are ${[...FUNCTIONS.keys()].join(", ")}`
      : "a variable is one letter, such as x, w1 or theta; a product is written a*b",
  );
}

/** What `name` was probably meant to be: sinx -> sin(x), Sin -> sin, xy -> x*y; or "". */
function guessed(name: string, declared: readonly string[] | null, called: boolean): string {
  const lower = name.toLowerCase();
  if (FUNCTIONS.has(lower) || CONSTANTS.has(lower)) return lower;
  const functions = [...FUNCTIONS.keys()];
  if (called) return closest(name, [...functions, "where"], 0.6);
  for (const known of [...functions].sort((a, b) => b.length - a.length)) {
    const inside = name.slice(known.length);
    if (name.startsWith(known) && (isVariable(inside, declared) || CONSTANTS.has(inside))) {
      return `${known}(${inside})`;
    }
  }
  return (
    product(name, declared) || closest(name, [...(declared ?? GREEK), ...functions, "where"], 0.75)
  );
}

/** `name` split into two or three names that are known, xy -> x*y; "" if it is a word. */
function product(name: string, declared: readonly string[] | null): string {
  if (!declared && name.length > 3) return "";
  const parts: string[] = [];
  let rest = name;
  while (rest) {
    let size = Math.min(rest.length, name.length - 1);
    const known = (part: string) => CONSTANTS.has(part) || isVariable(part, declared);
    while (size > 0 && !known(rest.slice(0, size))) size--;
    if (!size) return "";
    parts.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return parts.join("*");
}

/** What is wrong with a call that has `given` arguments, and how to mend it. */
export function arityProblem(name: string, given: number): [reason: string, hint: string] {
  const one = ARITY[FUNCTIONS.get(name)!] === 1;
  const many = name === "min" || name === "max";
  const need = many ? "two or more arguments" : one ? "one argument" : "two arguments";
  const example = many ? `${name}(x, y)` : one ? `${name}(x)` : `${name}(y, x)`;
  return [`${name} takes ${need}, got ${given || "none"}`, `write ${example}`];
}

/** The order of variables: x2 comes before x10. */
export function naturalOrder(a: string, b: string): number {
  const [la, na] = naturalKey(a);
  const [lb, nb] = naturalKey(b);
  return la < lb ? -1 : la > lb ? 1 : na - nb || (a < b ? -1 : a > b ? 1 : 0);
}

function naturalKey(name: string): [string, number] {
  const letters = name.replace(/[0-9]+$/, "");
  const digits = name.slice(letters.length);
  return [letters, digits ? Number(digits) : -1];
}
