/** Formula text -> tokens, the twin of steepest/expression/tokens.py. */

import { FormulaError } from "./errors";
import * as names from "./names";

export const MAX_LITERAL = 40;

export interface Token {
  readonly kind: string;
  readonly value: string;
  readonly position: number;
}

const TERMINALS: readonly [kind: string, pattern: string][] = [
  ["SPACE", "[ \\t\\r\\n\\f\\u00a0]+"],
  ["NUMBER", "(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?"],
  ["LETTERS", "[A-Za-z\\u0391-\\u03c9]+[0-9\\u2080-\\u2089]*(?:_[A-Za-z0-9_]+)?"],
  ["POWER", "\\*\\*|\\^"],
  ["PLUS", "\\+"],
  ["MINUS", "[-\\u2212]"],
  ["TIMES", "[*\\u00b7\\u00d7\\u22c5]"],
  ["DIVIDE", "[/\\u00f7]"],
  ["SUPERSCRIPT", "\\u207b?[\\u2070\\u00b9\\u00b2\\u00b3\\u2074-\\u2079]+"],
  ["LEFT", "\\("],
  ["RIGHT", "\\)"],
  ["COMMA", ","],
  ["BAR", "\\|"],
  ["ROOT", "\\u221a"],
  ["COMPARISON", "<=|>=|<(?!>)|>|\\u2264|\\u2265"],
];
const PATTERN = new RegExp(TERMINALS.map(([, pattern]) => `(${pattern})`).join("|"), "y");

const ENDS_OPERAND = new Set(["NUMBER", "NAME", "RIGHT", "BAR_CLOSE", "SUPERSCRIPT"]);
const FOREIGN_LITERAL =
  /0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9.]+[jJ](?![\p{L}\p{N}_])|[0-9]+_[0-9]/uy;

const CHARACTERS: Record<string, [reason: string, hint: string]> = {
  "=": ["an equation or comparison with = is not a function", "move everything to one side"],
  "#": ["comments are not part of a formula", "remove everything from # on"],
  "'": ["quotes are not part of a formula", "write the formula alone"],
  '"': ["quotes are not part of a formula", "write the formula alone"],
  ".": ["attributes are not part of a formula", "a point stands only inside a number, as in 1.5"],
  "!": ["factorials are not part of a formula", "remove the !"],
  "%": ["% is not part of a formula", "write percent as a fraction, such as 5/100"],
  "_": ["_ stands only inside names such as x_1", "write numbers without it"],
  "[": ["square brackets are not part of a formula", "use ( ), and x1, x2 … for components"],
  "]": ["square brackets are not part of a formula", "use ( ), and x1, x2 … for components"],
  "{": ["braces are not part of a formula", "use ( )"],
  "}": ["braces are not part of a formula", "use ( )"],
  ";": ["a formula is one expression", "remove the ;"],
  ":": ["a formula is one expression", "remove the :"],
  "&": ["conditions stand only inside where(…)", "nest where(…) to combine conditions"],
  "@": ["@ multiplies matrices, and this formula has no data", names.NEEDS_DATA],
  "∞": ["infinity is not a number of the language", "use a finite number"],
};

/** The tokens of `text` one after another; refuses at the first place that is none. */
export function* tokens(text: string, variables: readonly string[] | null): Generator<Token> {
  let previous = "";
  const bars = [0]; // open bars at each level of parentheses
  let position = 0;
  while (position < text.length) {
    PATTERN.lastIndex = position;
    const match = PATTERN.exec(text);
    if (!match) throw foreignCharacter(text, position);
    let group = 1;
    while (match[group] === undefined) group++;
    let kind = TERMINALS[group - 1]![0];
    let value = match[0];
    const written = value.length;
    if (kind !== "SPACE") {
      if (kind === "NUMBER") {
        checkNumber(text, position, value, previous);
      } else if (kind === "LETTERS") {
        [kind, value] = name(text, position, value, variables);
      } else if (kind === "BAR") {
        // A bar after an operand closes if one is open here: |x||y| is |x|*|y|.
        const closes = ENDS_OPERAND.has(previous) && bars.at(-1)! > 0;
        kind = closes ? "BAR_CLOSE" : "BAR_OPEN";
        bars[bars.length - 1]! += closes ? -1 : 1;
      } else if (kind === "LEFT") {
        bars.push(0);
      } else if (kind === "RIGHT" && bars.length > 1) {
        bars.pop();
      }
      yield { kind, value, position };
      previous = kind;
    }
    position += written;
  }
}

function checkNumber(text: string, position: number, literal: string, previous: string): void {
  const refuse = (reason: string, hint: string) => new FormulaError(text, position, reason, hint);
  FOREIGN_LITERAL.lastIndex = position;
  const foreign = FOREIGN_LITERAL.exec(text)?.[0];
  if (foreign) {
    if (/[jJ]$/.test(foreign)) {
      throw refuse("imaginary numbers are not part of a formula", "values are real");
    }
    if (foreign.includes("_")) {
      throw refuse("digits are not grouped with _", "write 1000 for one thousand");
    }
    throw refuse(`${foreign.slice(0, 20)} is not a decimal number`, "write it in base ten");
  }
  if (ENDS_OPERAND.has(previous)) {
    throw refuse("a number cannot follow directly here", "write * or ^ before it");
  }
  if (literal.length > MAX_LITERAL) {
    const length = literal.length.toLocaleString("en-US");
    throw refuse(`a number of ${length} characters is too long`, `use at most ${MAX_LITERAL}`);
  }
  const value = Number(literal);
  if (!Number.isFinite(value)) throw refuse("this number is too large", "the largest is 1.8e308");
  if (value === 0 && /[1-9]/.test(literal.split(/[eE]/)[0]!)) {
    throw refuse("this number is too small", "the smallest is 5e-324");
  }
}

function name(
  text: string,
  position: number,
  written: string,
  variables: readonly string[] | null,
): [kind: string, name: string] {
  const name = names.plain(written);
  if (names.FUNCTIONS.has(name)) return ["FUNCTION", name];
  if (name === "where") return ["WHERE", name];
  const known = name.length <= names.MAX_NAME && names.isVariable(name, variables);
  if (!names.CONSTANTS.has(name) && !known) {
    throw names.unknownName(text, position, name, variables);
  }
  if (/^ *\(/.test(text.slice(position + written.length))) {
    throw new FormulaError(
      text, position, `'${name}' is not a function`, `write ${name}*(…) for a product`,
    );
  }
  return ["NAME", name];
}

function foreignCharacter(text: string, position: number): FormulaError {
  const character = String.fromCodePoint(text.codePointAt(position)!);
  const refuse = (reason: string, hint: string) => new FormulaError(text, position, reason, hint);
  if (Object.hasOwn(CHARACTERS, character)) return refuse(...CHARACTERS[character]!);
  const simple = character.normalize("NFKC");
  if (simple !== character && /^[\x21-\x7e]+$/.test(simple.trim()) && /^[\x20-\x7e]+$/.test(simple)) {
    return refuse(`'${character}' is not a plain letter or sign`, `type ${simple}`);
  }
  if (/\p{L}/u.test(character)) {
    return refuse(`the letter '${character}' cannot be used`, "use Latin or Greek letters");
  }
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  const shown = /[\p{C}\p{Z}]/u.test(character) ? `U+${code}` : character;
  return refuse(`the character ${shown} is not part of a formula`, "remove it");
}
