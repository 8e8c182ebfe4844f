/**
 * Wrong rules of differentiation that people use, the twin of steepest/explain/slips.py: the
 * derivatives that come out when one rule is used wrongly, everywhere or at one place.
 */

import { directional, partials } from "../graph/differentiate";
import { E, ONE, PI, ZERO, build, constant, topological, variable, variablesOf } from "../graph/graph";
import type { Node } from "../graph/graph";
import { add, call, div, mul, neg, power, sub } from "../graph/simplify";
import { SLIPS } from "./sentences";
import { textOf } from "./text";

const MOST = 120; // derivatives that are tried
const LONGEST = 40; // characters of an inner part that a sentence quotes

/** A wrong derivative and what to tell whoever found it. */
export type Slip = readonly [derivative: Node, sentence: string];
/** A rule of one node, given the derivatives of its arguments; null where it does not apply. */
type Rule = (node: Node, speeds: readonly Node[]) => Node | null;

export function* slipped(root: Node, x: string): Generator<Slip> {
  const order = topological([root]);
  const right = differentiated(order, x, null, null);
  let count = 0;
  for (const [name, rule] of RULES) {
    const places = order.filter((n) => {
      const speeds = n.args.map((a) => right.get(a)!);
      return speeds.some((s) => s !== ZERO) && rule(n, speeds) !== null;
    });
    const only = [...(places.length ? [null] : []), ...(places.length > 1 ? places : [])];
    for (const place of only) {
      if (count++ >= MOST) return;
      const found = differentiated(order, x, rule, place).get(root)!;
      yield [found, told(SLIPS[name], place ?? (places.length === 1 ? places[0]! : null))];
    }
  }
}

/** The sentence with {u}, the inner part at the place, filled in. */
function told(sentence: string, place: Node | null): string {
  const inner = place ? textOf(place.args[0]!) : SLIPS.inside;
  return sentence.replace("{u}", () => (inner.length <= LONGEST ? inner : SLIPS.inside));
}

/** Forward mode, with `slip` in place of the right rule at `place` (null: everywhere). */
function differentiated(order: readonly Node[], x: string, slip: Rule | null, place: Node | null): Map<Node, Node> {
  const speed = new Map<Node, Node>();
  const seed = variable(x);
  for (const n of order) {
    const speeds = n.args.map((a) => speed.get(a)!);
    const moving = speeds.some((s) => s !== ZERO);
    const wrong = slip && moving && (!place || place === n) ? slip(n, speeds) : null;
    speed.set(n, n.args.length ? (wrong ?? (moving ? right(n, speeds) : ZERO)) : n === seed ? ONE : ZERO);
  }
  return speed;
}

function right(n: Node, speeds: readonly Node[]): Node {
  const seeds = new Map(n.args.map((a, k) => [a, speeds[k]!] as const).filter(([, s]) => s !== ZERO));
  return directional([n], seeds)[0]!;
}

type Four = (u: Node, v: Node, du: Node, dv: Node) => Node;

/** A wrong product rule from u, v, u′ and v′. */
const product = (combine: Four): Rule => (n, [du, dv]) =>
  n.op === "mul" && du !== ZERO && dv !== ZERO ? combine(n.args[0]!, n.args[1]!, du!, dv!) : null;

const quotient = (combine: Four): Rule => (n, [du, dv]) =>
  n.op === "div" && dv !== ZERO ? combine(n.args[0]!, n.args[1]!, du!, dv!) : null;

const raised = (combine: (u: Node, n: number, du: Node) => Node): Rule => (n, [du]) =>
  n.op === "ipow" ? combine(n.args[0]!, n.power!, du!) : null;

const UNARY = new Set("abs sqrt cbrt exp log log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sigmoid softplus erf".split(" "));

/** g′(u) for the operation g of node n. */
function outer(n: Node, u: Node): Node | null {
  if (n.op === "ipow") return mul(constant(n.power!), power(u, n.power! - 1));
  if (UNARY.has(n.op)) return partials(build(n.op, u))[0]!();
  return n.op === "pow" && n.args[0] === E ? call("pow", E, u) : null;
}

const inner = (n: Node): Node => n.args[n.op === "pow" ? 1 : 0]!;

const named = (table: Record<string, (u: Node, f: Node) => Node>): Rule => (n, [du]) =>
  n.op in table ? mul(table[n.op]!(n.args[0]!, n), du!) : null;

const droppedFactor: Rule = (n, speeds) => {
  if (n.op !== "mul") return null;
  // A factor such as y that is only held constant is another mistake.
  const k = n.args.findIndex((factor, i) => speeds[1 - i] !== ZERO && !variablesOf([factor]).length);
  return k < 0 ? null : speeds[1 - k]!;
};

const inDegrees: Rule = (n, [du]) =>
  ["sin", "cos", "tan"].includes(n.op) ? mul(mul(div(PI, constant(180)), outer(n, n.args[0]!)!), du!) : null;

const powerOfExponential: Rule = (n, [du, dv]) => {
  if (n.op === "exp") return mul(mul(n.args[0]!, call("exp", sub(n.args[0]!, ONE))), du!);
  if (n.op !== "pow" || du !== ZERO) return null;
  return mul(mul(n.args[1]!, call("pow", n.args[0]!, sub(n.args[1]!, ONE))), dv!);
};

const over = (top: Node, v: Node, n = 2): Node => div(top, power(v, n));

/** Which sentence tells of it, and the rule as it is misused. */
const RULES: readonly (readonly [keyof typeof SLIPS, Rule])[] = [
  ["inner_missing", (n) => (n.args.length && inner(n).args.length ? outer(n, inner(n)) : null)],
  ["inner_inside", (n, d) => (inner(n).args.length ? outer(n, d.at(-1)!) : null)],
  ["product_of_derivatives", product((_u, _v, du, dv) => mul(du, dv))],
  ["product_term", product((_u, v, du) => mul(du, v))],
  ["product_term", product((u, _v, _du, dv) => mul(u, dv))],
  ["product_sign", product((u, v, du, dv) => sub(mul(du, v), mul(u, dv)))],
  ["quotient_of_derivatives", quotient((_u, _v, du, dv) => div(du, dv))],
  ["quotient_sign", quotient((u, v, du, dv) => over(add(mul(du, v), mul(u, dv)), v))],
  ["quotient_order", quotient((u, v, du, dv) => over(sub(mul(u, dv), mul(du, v)), v))],
  ["quotient_square", quotient((u, v, du, dv) => over(sub(mul(du, v), mul(u, dv)), v, 1))],
  ["power_factor", raised((u, n, du) => mul(power(u, n - 1), du))],
  ["power_down", raised((u, n, du) => mul(mul(constant(n), power(u, n)), du))],
  ["power_integral", raised((u, n, du) => (n === -1 ? mul(u, du) : mul(div(power(u, n + 1), constant(n + 1)), du)))],
  ["cosine_sign", named({ cos: (u) => call("sin", u), sin: (u) => neg(call("cos", u)) })],
  ["power_of_exponential", powerOfExponential],
  ["logarithm_missing", (n, [du, dv]) => (n.op === "pow" && du === ZERO && n.args[0] !== E ? mul(n, dv!) : null)],
  ["root_factor", named({ sqrt: (_u, f) => div(ONE, f) })],
  ["factor_dropped", droppedFactor],
  ["degrees", inDegrees],
];
