/**
 * Differentiation on the graph, the twin of steepest/expression/differentiate.py: reverse mode
 * for gradients, forward over reverse for Hessians. The gradient of a choice is the choice of
 * the gradients, so a branch that is not taken cannot spoil the one that is.
 */

import { E, ONE, PI, TWO, ZERO, build, constant, topological, variable } from "./graph";
import type { Node } from "./graph";
import { rational } from "./rational";
import { add, call, div, mul, neg, power, scale, simplify, sub } from "./simplify";

export const CHOICES = new Set(["where", "min", "max", "relu"]);
const LINEAR = new Set(["neg", "add", "sub", ...CHOICES]);

/** The partial derivatives of `root`, simplified. */
export function gradient(root: Node, variables: readonly string[]): Node[] {
  const derivatives = reverse(root);
  return simplify(variables.map((name) => derivatives.get(variable(name)) ?? ZERO));
}

/** The upper triangle of the second derivatives, row by row, from the gradient `first`. */
export function hessianUpper(first: readonly Node[], variables: readonly string[]): Node[] {
  const flat: Node[] = [];
  variables.forEach((name, i) => {
    flat.push(...directional(first.slice(i), new Map([[variable(name), ONE]])));
  });
  return simplify(flat);
}

/** Forward mode: the derivatives of `roots` when each variable moves at its given speed. */
export function directional(roots: readonly Node[], direction: Map<Node, Node>): Node[] {
  const tangent = new Map(direction);
  for (const node of topological(roots)) {
    if (tangent.has(node) || !node.args.some((a) => tangent.has(a))) continue;
    if (node.op === "lt" || node.op === "le") continue;
    let speed = ZERO;
    if (CHOICES.has(node.op)) {
      const [condition, ...branches] = asChoice(node);
      speed = call("where", condition, ...branches.map((b) => tangent.get(b) ?? ZERO));
    } else {
      const slopes = partials(node);
      node.args.forEach((arg, k) => {
        const own = tangent.get(arg);
        if (own) speed = add(speed, mul(slopes[k]!(), own));
      });
    }
    if (speed !== ZERO) tangent.set(node, speed);
  }
  return roots.map((root) => tangent.get(root) ?? ZERO);
}

/** A min, max, relu or where node as [condition, value if true, value if false]. */
function asChoice(node: Node): [Node, Node, Node] {
  if (node.op === "where") return [node.args[0]!, node.args[1]!, node.args[2]!];
  if (node.op === "relu") return [build("lt", ZERO, node.args[0]!), node.args[0]!, ZERO];
  const [a, b] = [node.args[0]!, node.args[1]!];
  return [node.op === "min" ? build("le", a, b) : build("le", b, a), a, b];
}

type Gradients = Map<Node, Map<Node, Node>>;

function reverse(root: Node): Map<Node, Node> {
  const order = topological([root]);
  const linear = piecewiseLinear(order);
  // Inner choices come first, so every sweep finds the gradients of the choices it meets.
  const isolated: Gradients = new Map();
  for (const node of order) {
    if (!CHOICES.has(node.op) || linear.has(node)) continue;
    const [condition, a, b] = asChoice(node);
    const da = sweep(a, isolated);
    const db = sweep(b, isolated);
    const chosen = new Map<Node, Node>();
    for (const v of new Set([...da.keys(), ...db.keys()])) {
      chosen.set(v, call("where", condition, da.get(v) ?? ZERO, db.get(v) ?? ZERO));
    }
    isolated.set(node, chosen);
  }
  return sweep(root, isolated);
}

/** One backward pass from `root`, which stops at choices whose gradients are known. */
function sweep(root: Node, isolated: Gradients): Map<Node, Node> {
  const found = new Map<Node, Node>();
  const adjoint = new Map<Node, Node>([[root, ONE]]);
  // The walk is backward, so new terms go in front: the sum reads in the formula's order.
  const flow = (target: Node, amount: Node) => {
    const before = adjoint.get(target);
    adjoint.set(target, before ? add(amount, before) : amount);
  };
  for (const node of topological([root]).reverse()) {
    const flowing = adjoint.get(node);
    adjoint.delete(node);
    if (!flowing || flowing === ZERO) continue;
    const known = isolated.get(node);
    if (!node.args.length) {
      if (node.op === "var") found.set(node, flowing);
    } else if (known) {
      for (const [v, partial] of known) flow(v, mul(flowing, partial));
    } else if (CHOICES.has(node.op)) {
      const [condition, a, b] = asChoice(node);
      flow(a, call("where", condition, flowing, ZERO));
      flow(b, call("where", condition, ZERO, flowing));
    } else {
      const slopes = partials(node);
      node.args.forEach((arg, k) => {
        if (!arg.args.length && arg.op !== "var") return;
        // Nothing flows through a slope of 0, not even 0 times something undefined.
        const slope = slopes[k]!();
        if (slope !== ZERO) flow(arg, mul(flowing, slope));
      });
    }
  }
  return found;
}

/** The nodes whose derivatives are constants on pieces, so that 0 times them is 0. */
function piecewiseLinear(order: Node[]): Set<Node> {
  const linear = new Set<Node>();
  for (const node of order) {
    const branches = node.op === "where" ? node.args.slice(1) : node.args;
    if (
      !node.args.length ||
      (LINEAR.has(node.op) && branches.every((a) => linear.has(a))) ||
      (node.op === "mul" && node.args[0]!.op === "const" && linear.has(node.args[1]!))
    ) {
      linear.add(node);
    }
  }
  return linear;
}

/** How fast `node` changes with each argument, as builders called only when needed. */
export function partials(node: Node): (() => Node)[] {
  const [a, b] = [node.args[0]!, node.args[1]!];
  if (node.op === "ipow") {
    const n = node.power!;
    return [() => (n ? scale(rational(n), power(a, n - 1)) : ZERO)];
  }
  if (node.args.length === 1) return [() => UNARY[node.op]!(a, node)];
  return [() => FIRST[node.op]!(a, b, node), () => SECOND[node.op]!(a, b, node)];
}

const MINUS_ONE = constant(-1);
const over = (bottom: Node): Node => div(ONE, bottom);
const root = (inside: Node): Node => call("sqrt", inside);

const UNARY: Record<string, (a: Node, f: Node) => Node> = {
  neg: () => MINUS_ONE,
  abs: (a) => call("sign", a),
  sign: () => ZERO,
  sqrt: (_, f) => over(mul(TWO, f)),
  cbrt: (_, f) => over(mul(constant(3), power(f, 2))),
  exp: (_, f) => f,
  log: (a) => over(a),
  log2: (a) => over(mul(a, call("log", TWO))),
  log10: (a) => over(mul(a, call("log", constant(10)))),
  sin: (a) => call("cos", a),
  cos: (a) => neg(call("sin", a)),
  tan: (_, f) => add(power(f, 2), ONE),
  asin: (a) => over(root(sub(ONE, power(a, 2)))),
  acos: (a) => neg(over(root(sub(ONE, power(a, 2))))),
  atan: (a) => over(add(power(a, 2), ONE)),
  sinh: (a) => call("cosh", a),
  cosh: (a) => call("sinh", a),
  // 1 - tanh² and s(1 - s) lose all digits for large arguments; these forms lose none.
  tanh: (a) => over(power(call("cosh", a), 2)),
  sigmoid: (a, f) => mul(f, call("sigmoid", neg(a))),
  asinh: (a) => over(root(add(power(a, 2), ONE))),
  acosh: (a) => over(root(sub(power(a, 2), ONE))),
  atanh: (a) => over(sub(ONE, power(a, 2))),
  softplus: (a) => call("sigmoid", a),
  erf: (a) => div(mul(TWO, call("exp", neg(power(a, 2)))), call("sqrt", PI)),
};

type Binary = Record<string, (a: Node, b: Node, f: Node) => Node>;

const FIRST: Binary = {
  add: () => ONE,
  sub: () => ONE,
  mul: (_, b) => b,
  div: (_, b) => over(b),
  pow: (a, b) => mul(b, call("pow", a, sub(b, ONE))),
  atan2: (a, b) => div(b, add(power(a, 2), power(b, 2))),
  hypot: (a, _, f) => div(a, f),
};

const SECOND: Binary = {
  add: () => ONE,
  sub: () => MINUS_ONE,
  mul: (a) => a,
  div: (a, b) => neg(div(a, power(b, 2))),
  pow: (a, _, f) => (a === E ? f : mul(f, call("log", a))),
  atan2: (a, b) => neg(div(a, add(power(a, 2), power(b, 2)))),
  hypot: (_, b, f) => div(b, f),
};
