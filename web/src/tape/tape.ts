/** A graph as a flat list of operations: what Python hands over and what is evaluated here. */

import { ARITY, E, PI, build, constant, integerPower, topological, variable } from "../graph/graph";
import type { Node } from "../graph/graph";
import { parseRational, show, toNumber } from "../graph/rational";

export type Operation = [op: string, args: number[], value: string | number | null];

export interface TapeJson {
  variables: string[];
  operations: Operation[];
  outputs: number[];
}

export interface Instruction {
  readonly op: string;
  readonly args: readonly number[];
  /** A constant as a double, an exponent, or the index of a variable; else 0. */
  readonly value: number;
}

export interface Tape {
  readonly variables: readonly string[];
  readonly instructions: readonly Instruction[];
  readonly outputs: readonly number[];
}

/** The tape that computes `roots`; shared subexpressions are computed once. */
export function record(roots: readonly Node[], variables: readonly string[]): Tape {
  const order = topological(roots);
  const register = new Map(order.map((node, k) => [node, k]));
  const instructions = order.map((node) => ({
    op: node.op,
    args: node.args.map((a) => register.get(a)!),
    value: node.number
      ? toNumber(node.number)
      : node.name !== undefined
        ? variables.indexOf(node.name)
        : (node.power ?? 0),
  }));
  return { variables, instructions, outputs: roots.map((r) => register.get(r)!) };
}

/** The same tape with exact constants, as `Tape.to_json` in Python writes it. */
export function toJson(roots: readonly Node[], variables: readonly string[]): TapeJson {
  const order = topological(roots);
  const register = new Map(order.map((node, k) => [node, k]));
  return {
    variables: [...variables],
    operations: order.map((node) => [
      node.op,
      node.args.map((a) => register.get(a)!),
      node.number ? show(node.number) : (node.name ?? node.power ?? null),
    ]),
    outputs: roots.map((r) => register.get(r)!),
  };
}

/** The graph of a tape from Python: its outputs as nodes. */
export function nodesOf(json: TapeJson): Node[] {
  const built: Node[] = [];
  for (const [op, args, value] of json.operations) {
    const inputs = args.map((k) => built[k]!);
    if (op === "const") built.push(constant(parseRational(String(value))));
    else if (op === "var") built.push(variable(String(value)));
    else if (op === "pi" || op === "e") built.push(op === "pi" ? PI : E);
    else if (op === "ipow") built.push(integerPower(inputs[0]!, Number(value)));
    else if (op in ARITY) built.push(build(op, ...inputs));
    else throw new TypeError(`unknown operation ${op}`);
  }
  return json.outputs.map((k) => built[k]!);
}
