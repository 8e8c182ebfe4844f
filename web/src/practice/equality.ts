/**
 * Whether two expressions are the same function, the twin of steepest/explain/equality.py: by
 * their graphs, by a normal form, by values further apart than rounding, and at the end by
 * values that agree, which proves nothing and is told so.
 */

import { ZERO, topological } from "../graph/graph";
import type { Node } from "../graph/graph";
import { simplify, sub } from "../graph/simplify";
import { decide } from "./normal";
import { bounded } from "./rounding";
import { borderPoints, candidates, evaluate } from "./sampling";
import type { Point } from "./sampling";
import { DECIDED, fill } from "./sentences";

const DRAWN = 120;
const TELLING = 1e-7; // relative: a value that rounding blurs more tells nothing
const FEWEST = 5; // points that must tell before values say that two expressions agree

export interface Verdict {
  readonly equal: boolean;
  /** How that was decided, in words. */
  readonly how: string;
  /** A point where the answer is undefined although it should not be. */
  readonly gap?: Point;
}

/** Whether `given` equals `expected` wherever `domain` and `expected` are defined. */
export function compare(given: Node, expected: Node, variables: readonly string[], domain: Node): Verdict {
  const [same, other, difference] = simplify([given, expected, sub(given, expected)]);
  if (same === other || difference === ZERO) return { equal: true, how: DECIDED.same };
  const points = candidates(variables.length, DRAWN);
  const [values, truth, f] = evaluate([given, expected, domain], variables, points);
  const asked = points.map((_, k) => Number.isFinite(truth![k]!) && Number.isFinite(f![k]!));
  const undefined_ = undefinedAt(given, variables, points);
  const gaps = points.filter((_, k) => asked[k] && undefined_[k]);
  // One gap may be a rounded pole; two in a hundred random points are a region.
  if (gaps.length > 1) return { equal: false, how: DECIDED.gap, gap: gaps[0]! };
  const exact = decide(given, expected);
  if (exact !== null) return { equal: exact, how: DECIDED.algebra };
  const told = points.filter((_, k) => asked[k] && Number.isFinite(values![k]!));
  const beside = borderPoints([given, expected], variables, points);
  const inside = evaluate([given, expected, domain], variables, beside);
  const all = [...told, ...beside.filter((_, k) => inside.every((row) => Number.isFinite(row[k]!)))];
  const [a, b] = bounded([given, expected], variables, all);
  let telling = 0;
  for (let k = 0; k < all.length; k++) {
    const [x, y] = [a!.value[k]!, b!.value[k]!];
    const bound = a!.error[k]! + b!.error[k]!;
    // Twice the bound: the machine's functions are not proved to keep to what is assumed of them.
    if (Math.abs(x - y) > 2 * bound) return { equal: false, how: DECIDED.apart };
    if (bound <= TELLING * Math.max(Math.abs(x), Math.abs(y))) telling++;
  }
  const equal = telling >= FEWEST;
  return { equal, how: equal ? fill(DECIDED.points, { count: telling }) : DECIDED.gap };
}

const WITH_POLES = new Set(["div", "log", "log2", "log10", "ipow"]);

/** Where `node` has no value, overflow aside: a NaN or a pole out of finite arguments. */
function undefinedAt(node: Node, variables: readonly string[], points: readonly Point[]): boolean[] {
  const order = topological([node]);
  const rows = new Map(evaluate(order, variables, points).map((row, k) => [order[k]!, row]));
  return points.map((_, j) => {
    const gone = new Map<Node, boolean>();
    const at = (n: Node) => rows.get(n)![j]!;
    for (const n of order) {
      // A comparison with something undefined is false, and so is defined.
      if (!n.args.length || n.op === "lt" || n.op === "le") {
        gone.set(n, false);
        continue;
      }
      const finite = n.args.every((a) => Number.isFinite(at(a)));
      const nothing = Number.isNaN(at(n));
      const pole = WITH_POLES.has(n.op) && !Number.isFinite(at(n)) && !nothing && at(n.args.at(-1)!) === 0;
      const used = n.op === "where" ? [n.args[at(n.args[0]!) ? 1 : 2]!] : n.args;
      gone.set(n, (finite && (nothing || pole)) || used.some((a) => gone.get(a)!));
    }
    return gone.get(node)!;
  });
}
