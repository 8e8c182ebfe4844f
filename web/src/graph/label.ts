/** One operation in plain Unicode on the names of its inputs: what stands in a box of a graph. */

import type { Node } from "./graph";
import { show, toNumber } from "./rational";
import { short } from "../words";

const raised = (n: number): string => String(n).replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]!);
const lowered = (digits: string): string => digits.replace(/\d/g, (c) => "₀₁₂₃₄₅₆₇₈₉"[Number(c)]!);

const GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau upsilon phi chi psi omega".split(" ");
const LETTERS = "αβγδεζηθικλμνξορστυφχψω";

/** x1 and x_1 as x₁, theta as θ. */
export function variableName(name: string): string {
  const [, front = name, digits = ""] = /^(\D+?)_?(\d*)$/.exec(name) ?? [];
  return (LETTERS[GREEK.indexOf(front)] ?? front) + lowered(digits);
}

/** A variable, or a constant as a number. */
export function plainName(node: Node): string {
  if (node.op === "var") return variableName(node.name!);
  if (node.op === "pi") return "π";
  if (node.op === "e") return "e";
  const exact = show(node.number!);
  return exact.length <= 6 ? exact.replace("-", "−") : short(toNumber(node.number!), 5);
}

export function labelOf({ op, power }: Node, [a = "", b = "", c = ""]: readonly string[]): string {
  switch (op) {
    case "add": return `${a} + ${signed(b)}`;
    case "sub": return `${a} − ${signed(b)}`;
    case "mul": return `${signed(a)}·${signed(b)}`;
    case "div": return `${signed(a)} / ${signed(b)}`;
    case "neg": return `−${signed(a)}`;
    case "ipow": return `${signed(a)}${raised(power!)}`;
    case "pow": return `${signed(a)}^${signed(b)}`;
    case "abs": return `|${a}|`;
    case "sqrt": return `√${a}`;
    case "cbrt": return `∛${a}`;
    case "lt": return `${a} < ${b}`;
    case "le": return `${a} ≤ ${b}`;
    case "where": return `${b} if ${a} else ${c}`;
    default: return b ? `${op}(${a}, ${b})` : `${op} ${a}`;
  }
}

/** A number with a sign or a stroke in it stands in parentheses. */
const signed = (name: string): string => (/^−|\//.test(name) ? `(${name})` : name);
