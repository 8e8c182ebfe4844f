/**
 * What went wrong in a wrong partial derivative, as far as it shows: the twin of
 * steepest/explain/mistakes.py. Each sentence says where to look again; none gives the answer.
 */

import { directional } from "../graph/differentiate";
import { ONE, TWO, constant, variable, variablesOf } from "../graph/graph";
import type { Node } from "../graph/graph";
import { add, call, div, mul, neg, power, sub } from "../graph/simplify";
import { evaluate, pointsWhereDefined } from "./sampling";
import type { Point, Rows } from "./sampling";
import { MISTAKES, fill } from "./sentences";
import { slipped } from "./slips";
import type { Slip } from "./slips";

const POINTS = 40;
const MOST_TERMS = 12;
const CLOSE = 1e-8;
const FEWEST = 5;

/** What is asked: the function and its partial derivatives. */
export interface Gradient {
  readonly variables: readonly string[];
  readonly f: Node;
  readonly partials: readonly Node[];
}

/** A component as it was typed: its graph, why it cannot be read, or null where nothing stands. */
export type Given = Node | string | null;

/** ∂f/∂x; f′(x) for a function of one variable. */
export const partialName = ({ variables }: Gradient, k: number): string =>
  variables.length > 1 ? `∂f/∂${variables[k]}` : `f′(${variables[k]})`;

/** A sentence on component `k`: the mistake it looks like, and what to look at again. */
export function nameMistake(asked: Gradient, k: number, given: Node, all: readonly Given[]): string {
  const { variables, f, partials } = asked;
  const look = new Look(asked, given);
  const partial = partialName(asked, k);
  const x = variables[k]!;
  const right = partials[k]!;
  const swapped = swappedWith(asked, k, all, look);
  if (swapped >= 0) return fill(MISTAKES.swapped, { other: partialName(asked, swapped), partial });
  for (const suspects of [whole(asked, k), slipped(f, x), terms(right)]) {
    const found = look.first([...suspects]);
    if (found !== null) return fill(found, { partial, x });
  }
  const [value] = look.values([right]);
  const ratio = look.given.map((y, j) => y / value![j]!);
  const offset = look.given.map((y, j) => y - value![j]!);
  const used = variablesOf([given]);
  const missing = variablesOf([right]).filter((name) => !used.includes(name)).sort()[0];
  if (isConstant(ratio) && missing === undefined) return fill(MISTAKES.factor, { partial });
  if (isConstant(offset)) return fill(MISTAKES.constant, { partial });
  if (missing !== undefined) {
    const why = MISTAKES[missing !== x ? "held" : "look_again"];
    return fill(MISTAKES.independent + why, { name: missing, partial });
  }
  return fill(MISTAKES.unknown, { partial, x }) + (variables.length > 1 ? MISTAKES.rest : "");
}

/** Values of the answer and of suspects at the same points, where f is defined. */
class Look {
  readonly given: Float64Array;
  readonly #points: Point[];
  readonly #variables: readonly string[];

  constructor({ f, variables }: Gradient, given: Node) {
    this.#variables = variables;
    this.#points = pointsWhereDefined(f, variables, POINTS);
    this.given = this.values([given])[0]!;
  }

  values(nodes: readonly Node[]): Rows {
    return evaluate(nodes, this.#variables, this.#points);
  }

  /** What to say of the first suspect that matches the answer. */
  first(suspects: readonly Slip[]): string | null {
    const rows = this.values(suspects.map(([node]) => node));
    const found = rows.findIndex((row) => this.matches(row));
    return found < 0 ? null : suspects[found]![1];
  }

  matches(row: Float64Array): boolean {
    return sameValues(row, this.given);
  }
}

function sameValues(a: Float64Array, b: Float64Array): boolean {
  let usable = 0;
  for (let j = 0; j < a.length; j++) {
    const [x, y] = [a[j]!, b[j]!];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    usable++;
    if (Math.abs(x - y) > CLOSE * Math.max(Math.abs(x), Math.abs(y))) return false;
  }
  return usable >= FEWEST;
}

/** Whether all values are one number, not 0. */
function isConstant(row: Float64Array): boolean {
  const usable = row.filter(Number.isFinite).sort();
  if (usable.length < FEWEST) return false;
  const half = usable.length >> 1;
  const middle = usable.length % 2 ? usable[half]! : (usable[half - 1]! + usable[half]!) / 2;
  return middle !== 0 && usable.at(-1)! - usable[0]! <= CLOSE * Math.abs(middle);
}

/** Answers to another question. */
function* whole(asked: Gradient, k: number): Generator<Slip> {
  const { f, partials, variables } = asked;
  const right = partials[k]!;
  yield [neg(right), MISTAKES.opposite];
  for (let j = 0; j < partials.length; j++) {
    if (j !== k) yield [partials[j]!, MISTAKES.other.replace("{other}", () => partialName(asked, j))];
  }
  yield [f, MISTAKES.itself];
  yield [directional([right], new Map([[variable(variables[k]!), ONE]]))[0]!, MISTAKES.second];
  if (partials.length > 1) {
    yield [partials.reduce(add), MISTAKES.sum];
    yield [length(partials), MISTAKES.length];
    yield [div(right, length(partials)), MISTAKES.unit];
  }
  const turn = div(call("atan", ONE), constant(45));
  yield [mul(turn, right), MISTAKES.degrees];
  yield [div(right, turn), MISTAKES.degrees];
}

const length = (vector: readonly Node[]): Node => call("sqrt", vector.map((g) => power(g, 2)).reduce(add));

/** One term of a sum left out, or with the other sign. */
function* terms(right: Node): Generator<Slip> {
  const parts = summands(right).slice(0, MOST_TERMS);
  if (parts.length < 2) return;
  for (const part of parts) yield [sub(right, part), MISTAKES.term_missing];
  for (const part of parts) yield [sub(right, mul(TWO, part)), MISTAKES.term_sign];
}

function summands(node: Node): Node[] {
  if (node.op !== "add" && node.op !== "sub") return [node];
  const [left, right] = node.args.map(summands);
  return [...left!, ...right!.map(node.op === "sub" ? neg : (part) => part)];
}

/** The j whose partial stands here while the partial k stands there; -1 if there is none. */
function swappedWith({ partials }: Gradient, k: number, all: readonly Given[], look: Look): number {
  return partials.findIndex((other, j) => {
    const there = all[j];
    if (j === k || !there || typeof there === "string") return false;
    const [here, answered, right] = look.values([other, there, partials[k]!]);
    return look.matches(here!) && sameValues(answered!, right!) && !look.matches(right!);
  });
}

/** What the components have in common when taken together, or "". */
export function wholeVector({ variables, f, partials }: Gradient, all: readonly Given[]): string {
  const given = all.filter((n): n is Node => n !== null && typeof n !== "string");
  const n = partials.length;
  if (given.length !== n || n < 2) return "";
  const points = pointsWhereDefined(f, variables, POINTS);
  const rows = evaluate([...given, ...partials], variables, points);
  const sizes: [number, number][] = [];
  const cosines: number[] = [];
  points.forEach((_, j) => {
    const at = rows.map((row) => row[j]!);
    const [answered, right] = [at.slice(0, n), at.slice(n)];
    if (!at.every(Number.isFinite) || right.every((v) => v === 0)) return;
    const size = (v: readonly number[]) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
    sizes.push([size(answered), size(right)]);
    cosines.push(answered.reduce((sum, x, i) => sum + x * right[i]!, 0) / (size(answered) * size(right)));
  });
  if (cosines.length < FEWEST) return "";
  if (cosines.every((c) => Math.abs(c - 1) <= 1e-12) && !sizes.every(([a, b]) => Math.abs(a - b) <= CLOSE * b + CLOSE)) {
    return sizes.every(([a]) => Math.abs(a - 1) <= 1e-9) ? MISTAKES.unit_vector : MISTAKES.multiple;
  }
  return cosines.every((c) => Math.abs(c + 1) <= 1e-12) ? MISTAKES.descent : "";
}
