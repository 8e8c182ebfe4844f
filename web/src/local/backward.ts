/**
 * The computational graph: values flow forward, adjoints flow back; the twin of
 * steepest/explain/graph.py. It works on the graph of any typed formula.
 */

import { CHOICES, partials } from "../graph/differentiate";
import { ONE, ZERO, build, topological } from "../graph/graph";
import type { Node } from "../graph/graph";
import { labelOf, plainName } from "../graph/label";
import { pointEvaluator } from "../tape/evaluate";
import { record } from "../tape/tape";
import type { Study } from "./study";

/** Operations through which a slope of 0 lets nothing pass. */
const GATES = new Set(["where", "min", "max", "relu", "sign"]);
const NO_FLOW = new Set(["const", "pi", "e", "lt", "le"]);

export interface Operation {
  readonly op: string;
  /** v3, or a variable's or constant's own name. */
  readonly name: string;
  /** The operation on the names of its inputs: v1·v2. */
  readonly label: string;
  readonly inputs: readonly number[];
}

/** The numbers at one point; `locals[k][i]` is ∂(node k)/∂(its i-th input), null where nothing flows. */
export interface Sweep {
  readonly values: readonly number[];
  readonly locals: readonly (readonly (number | null)[])[];
  readonly adjoints: readonly number[];
}

export interface Graph {
  readonly nodes: readonly Operation[];
  readonly output: number;
  at(point: ArrayLike<number>): Sweep;
}

export function graphOf({ root, variables }: Study): Graph {
  const order = topological([root]);
  const number = new Map(order.map((node, k) => [node, k]));
  const letter = [..."vntqzabcd"].find((c) => c === "d" || !variables.some((v) => v.startsWith(c)))!;
  const names = order.map((node, k) => (node.args.length ? `${letter}${k}` : plainName(node)));
  const nodes = order.map((node, k): Operation => {
    const inputs = node.args.map((a) => number.get(a)!);
    return { op: node.op, name: names[k]!, inputs, label: node.args.length ? labelOf(node, inputs.map((i) => names[i]!)) : names[k]! };
  });
  const slopes = order.map(localDerivatives);
  const wanted = slopes.flat().filter((s) => s !== null);
  const evaluate = pointEvaluator(record([...order, ...wanted], variables));
  return {
    nodes, output: number.get(root)!,
    at(point) {
      const found = evaluate(point);
      const values = Array.from(found.subarray(0, order.length));
      let next = order.length;
      const locals = slopes.map((row, k) => row.map((slope) => {
        if (slope === null) return null;
        const local = found[next++]!;
        // What is undefined has no derivative, whatever 1/x says about log(x) at -1.
        return Number.isNaN(values[k]) ? NaN : local;
      }));
      return { values, locals, adjoints: backward(nodes, locals, number.get(root)!) };
    },
  };
}

/** ∂node/∂argument for each argument; null where nothing flows: constants, conditions. */
function localDerivatives(node: Node): (Node | null)[] {
  if (NO_FLOW.has(node.op) || !node.args.length) return node.args.map(() => null);
  const slopes = CHOICES.has(node.op) ? choiceSlopes(node) : partials(node);
  return node.args.map((a, k) => (NO_FLOW.has(a.op) ? null : slopes[k]!()));
}

function choiceSlopes(node: Node): (() => Node)[] {
  const [a, b] = [node.args[0]!, node.args[1]!];
  const gate = (condition: Node) => [() => build("where", condition, ONE, ZERO), () => build("where", condition, ZERO, ONE)];
  if (node.op === "relu") return gate(build("lt", ZERO, a)).slice(0, 1);
  if (node.op === "where") return [() => ZERO, ...gate(a)];
  return gate(node.op === "min" ? build("le", a, b) : build("le", b, a));
}

/** d(output)/d(node) of every node: what all its users send back, added up. */
export function backward(
  nodes: readonly Pick<Operation, "op" | "inputs">[], locals: Sweep["locals"], output: number,
): number[] {
  const adjoints = nodes.map(() => 0);
  const reached = nodes.map(() => false);
  adjoints[output] = 1;
  reached[output] = true;
  for (let k = output; k >= 0; k--) {
    if (!reached[k]) continue;
    nodes[k]!.inputs.forEach((target, i) => {
      const local = locals[k]![i]!;
      if (local === null || (local === 0 && GATES.has(nodes[k]!.op))) return;
      adjoints[target]! += adjoints[k]! * local;
      reached[target] = true;
    });
  }
  return adjoints;
}

/** What is drawn as one box: an operation, or a group of which only the last is used outside. */
export interface Block {
  readonly output: number;
  readonly members: readonly number[];
  /** Variables and outputs of other blocks. */
  readonly inputs: readonly number[];
}

/** The operations in about `most` blocks, in order of evaluation; each for itself if there are few. */
export function blocksOf({ nodes, output }: Graph, most: number): Block[] {
  const users = nodes.map(() => 0);
  for (const n of nodes) for (const k of new Set(n.inputs)) users[k]!++;
  const operations = nodes.flatMap((n, k) => (n.inputs.length ? [k] : []));
  const limit = Math.max(1, Math.ceil(operations.length / most));
  const member = new Map<number, number[]>();
  for (const k of operations) {
    let own = [k];
    for (const i of new Set(nodes[k]!.inputs)) {
      const inner = member.get(i);
      if (inner && users[i] === 1 && i !== output && own.length + inner.length <= limit) {
        own = [...inner, ...own];
        member.delete(i);
      }
    }
    member.set(k, own);
  }
  return [...member].sort(([a], [b]) => a - b).map(([last, inside]) => {
    const members = [...inside].sort((a, b) => a - b);
    const outside = members.flatMap((k) => nodes[k]!.inputs).filter((i) => !members.includes(i) && !isConstant(nodes[i]!));
    return { output: last, members, inputs: [...new Set(outside)].sort((a, b) => a - b) };
  });
}

const isConstant = ({ op }: Operation): boolean => op === "const" || op === "pi" || op === "e";

/** d(block's output)/d(its inputs), by a sweep back inside the block; null where nothing flows. */
export function blockSlopes({ nodes }: Graph, { locals }: Sweep, block: Block): (number | null)[] {
  const inside = new Set(block.members);
  const adjoint = new Map<number, number>([[block.output, 1]]);
  for (const k of [...block.members].reverse()) {
    const flowing = adjoint.get(k);
    if (flowing === undefined) continue;
    nodes[k]!.inputs.forEach((target, i) => {
      const local = locals[k]![i]!;
      if (local === null || (local === 0 && GATES.has(nodes[k]!.op))) return;
      if (inside.has(target) || block.inputs.includes(target)) {
        adjoint.set(target, (adjoint.get(target) ?? 0) + flowing * local);
      }
    });
  }
  return block.inputs.map((k) => adjoint.get(k) ?? null);
}
