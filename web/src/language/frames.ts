/** Brackets: open ones with what waits inside, and what a closed one stands for. */

import { ARITY } from "../graph/graph";
import { FormulaError } from "./errors";
import * as names from "./names";
import { checkDepth, operation } from "./pieces";
import type { Piece } from "./pieces";

export interface Operator {
  readonly op: string;
  readonly strength: number;
  readonly position: number;
}

/** An open bracket: the text's whole, (…), |…|, a call or where(…). */
export interface Frame {
  readonly kind: "whole" | "group" | "bars" | "call" | "where";
  readonly position: number;
  readonly name: string;
  readonly operators: Operator[];
  readonly values: Piece[];
  readonly done: Piece[];
  comparison: string;
}

export const frame = (kind: Frame["kind"], position: number, name = ""): Frame => ({
  kind, position, name, operators: [], values: [], done: [], comparison: "",
});

/** What a closed bracket stands for. */
export function bracket(text: string, closed: Frame): Piece {
  const { kind, position, name, done } = closed;
  const inside = done[0]!;
  if (kind === "group") {
    checkDepth(text, position, inside.depth + 1);
    return { ...inside, start: position, depth: inside.depth + 1 };
  }
  if (kind === "bars") return operation(text, "abs", position, [inside]);
  if (kind === "where") {
    const turned = [">", ">=", "≥"].includes(closed.comparison);
    const sides = turned ? [done[1]!, done[0]!] : [done[0]!, done[1]!];
    const op = ["<", ">"].includes(closed.comparison) ? "lt" : "le";
    const condition = operation(text, op, position, sides, false);
    return operation(text, "where", position, [condition, done[2]!, done[3]!]);
  }
  const op = names.FUNCTIONS.get(name)!;
  if ((op === "min" || op === "max") && done.length >= 2) {
    return done.reduce((a, b) => operation(text, op, position, [a, b], false));
  }
  if (done.length !== ARITY[op]) {
    throw new FormulaError(text, position, ...names.arityProblem(name, done.length));
  }
  return operation(text, op, position, done);
}
