/**
 * Values with a bound on what rounding did to them, operation by operation: where two values are
 * further apart than their bounds together, the expressions differ.
 */

import { topological } from "../graph/graph";
import type { Node } from "../graph/graph";
import { evaluate } from "./sampling";
import type { Point } from "./sampling";

export interface Bounded { readonly value: Float64Array; readonly error: Float64Array }

const UNIT = 2 ** -52;
const LEAST = 1e-320; // below the normal numbers rounding is absolute
/** How many units in the last place a function of the machine may err. */
const SLACK = 4;

export function bounded(roots: readonly Node[], variables: readonly string[], points: readonly Point[]): Bounded[] {
  const order = topological(roots);
  const rows = new Map(evaluate(order, variables, points).map((row, k) => [order[k]!, row]));
  const errors = new Map<Node, Float64Array>();
  for (const node of order) {
    const value = rows.get(node)!;
    const inputs = node.args.map((a) => rows.get(a)!);
    const before = node.args.map((a) => errors.get(a)!);
    errors.set(
      node,
      value.map((v, j) => {
        const found = error(node, v, inputs.map((row) => row[j]!), before.map((row) => row[j]!));
        return Number.isNaN(found) ? Infinity : found;
      }),
    );
  }
  return roots.map((root) => ({ value: rows.get(root)!, error: errors.get(root)! }));
}

/** How far `v`, the result of `node` on `x` that may be off by `e`, may be off. */
function error(node: Node, v: number, x: number[], e: number[]): number {
  const [a = 0, b = 0] = x;
  const [ea = 0, eb = 0] = e;
  const size = Math.abs(v);
  const once = UNIT * size + LEAST;
  const several = SLACK * once;
  switch (node.op) {
    case "var": return 0;
    case "const": return node.number!.d === 1n && size <= 2 ** 53 ? 0 : once;
    case "pi": case "e": return once;
    case "neg": case "abs": case "relu": return ea;
    case "add": case "sub": return ea + eb + once;
    case "mul": return Math.abs(a) * eb + Math.abs(b) * ea + ea * eb + once;
    case "div": return Math.abs(b) > eb ? (ea + size * eb) / (Math.abs(b) - eb) + once : Infinity;
    case "ipow": return power(Math.abs(a), node.power!, ea) + (Math.abs(node.power!) + SLACK) * once;
    case "pow": {
      if (!(a > ea)) return Infinity;
      const exponent = Math.abs(Math.log(a)) * eb - (Math.abs(b) + eb) * Math.log1p(-ea / a);
      return size * Math.expm1(exponent) + several;
    }
    case "sign": return Math.abs(a) > ea ? 0 : Infinity;
    case "sqrt": return (a > ea ? ea / (v + Math.sqrt(a - ea)) : Math.sqrt(a + ea)) + once;
    case "cbrt": {
      const far = Math.abs(a) > ea;
      return (far ? size - Math.cbrt(Math.abs(a) - ea) : 2 * Math.cbrt(ea)) + several;
    }
    case "exp": case "sigmoid": return size * Math.expm1(ea) + several;
    case "log": return a > ea ? several - Math.log1p(-ea / a) : Infinity;
    case "log2": return a > ea ? several - Math.log1p(-ea / a) / Math.LN2 : Infinity;
    case "log10": return a > ea ? several - Math.log1p(-ea / a) / Math.LN10 : Infinity;
    case "sin": case "cos": case "atan": case "tanh": case "asinh": case "softplus": return ea + several;
    case "tan": {
      const moved = Math.tan(ea);
      return ea < 1 && size * moved < 1 ? ((1 + v * v) * moved) / (1 - size * moved) + several : Infinity;
    }
    case "asin": case "acos": return inverse(1 - Math.abs(a), ea) + several;
    case "atanh": {
      const room = 1 - Math.abs(a) - ea;
      return room > 0 ? ea / room + several : Infinity;
    }
    case "acosh": return inverse(a - 1, ea) + several;
    case "sinh": case "cosh": return Math.cosh(Math.abs(a) + ea) * ea + several;
    case "erf": return 1.2 * ea + SLACK * several;
    case "hypot": return ea + eb + several;
    case "atan2": {
      const reach = Math.hypot(a, b);
      const cut = Math.abs(a) <= ea && b < eb;
      return !cut && reach > 2 * (ea + eb) ? (2 * (ea + eb)) / reach + several : Infinity;
    }
    case "min": case "max": return Math.max(ea, eb);
    case "lt": case "le": return Math.abs(a - b) > ea + eb ? 0 : Infinity;
    case "where": return ea ? Infinity : a ? eb : e[2]!;
  }
  throw new TypeError(`unknown operation ${node.op}`);
}

/** How far a^n moves when a ≥ 0 moves by e. */
function power(a: number, n: number, e: number): number {
  if (n >= 0) return (a + e) ** n - a ** n;
  return a > e ? (a - e) ** n - a ** n : Infinity;
}

/** How far asin or acosh moves when its argument, `room` away from the edge, moves by e. */
const inverse = (room: number, e: number): number => (room > e ? e / Math.sqrt(room - e) : 4 * Math.sqrt(e));
