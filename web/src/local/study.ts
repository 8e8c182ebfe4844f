/** A formula made ready to be looked at: its value, gradient and Hessian, anywhere. */

import { gradient, hessianUpper } from "../graph/differentiate";
import { topological, variablesOf } from "../graph/graph";
import type { Node } from "../graph/graph";
import { latex, variableLatex } from "../graph/typeset";
import { naturalOrder } from "../language/names";
import { parse } from "../language/parse";
import { batchEvaluator, pointEvaluator } from "../tape/evaluate";
import { nodesOf, record } from "../tape/tape";
import type { TapeJson } from "../tape/tape";
import type { Local, ScalarFunction } from "./function";
import { isFinite } from "./linear";

export type { Local } from "./function";

const SHARP = new Set(["abs", "sign", "min", "max", "relu", "where", "hypot", "sqrt", "cbrt", "pow"]);

export interface Study extends ScalarFunction {
  readonly root: Node;
  /** f(x, y) = …, the partial derivatives and the Hessian's rows, in LaTeX. */
  readonly latex: string;
  readonly gradientLatex: string[];
  readonly hessianLatex: string[][];
}

/** The study of a typed formula. Throws FormulaError. */
export function study(text: string): Study {
  const root = parse(text);
  return prepare(root, variablesOf([root]).sort(naturalOrder), text);
}

/** What stands on both sides of f(w) = ‖Xw − y‖², in LaTeX. */
export interface Heading {
  readonly signature: string;
  readonly latex: string;
}

/** The study of a formula that Python recorded. */
export function studyTape(json: TapeJson, text: string, heading?: Heading): Study {
  return prepare(nodesOf(json)[0]!, json.variables, text, heading);
}

function prepare(root: Node, variables: readonly string[], text: string, heading?: Heading): Study {
  const n = variables.length;
  const first = gradient(root, variables);
  const upper = hessianUpper(first, variables);
  const value = pointEvaluator(record([root], variables));
  const slope = pointEvaluator(record([root, ...first], variables));
  const allTape = record([root, ...first, ...upper], variables);
  const everything = pointEvaluator(allTape);
  const values = batchEvaluator(record([root], variables));
  const all = batchEvaluator(allTape);
  const upperIndex = (i: number, j: number) =>
    i <= j ? i * n - (i * (i - 1)) / 2 + (j - i) : j * n - (j * (j - 1)) / 2 + (i - j);
  const square = <T>(cell: (k: number) => T): T[][] =>
    variables.map((_, i) => variables.map((__, j) => cell(upperIndex(i, j))));
  const signature = `f(${variables.map(variableLatex).join(", ")})`;
  const mayBend = topological([root]).some((node) => SHARP.has(node.op));
  const own: Study = {
    text, root, variables, dim: n, signature,
    latex: latex(root),
    ...heading,
    gradientLatex: first.map(latex),
    hessianLatex: square((k) => latex(upper[k]!)),
    values: (columns) => values(columns)[0]!,
    all,
    value: (point) => value(point)[0]!,
    slope(point, into) {
      into.set(slope(point));
      if (Number.isNaN(into[0])) into.fill(NaN);
    },
    at(point) {
      const out = everything(point);
      const defined = !Number.isNaN(out[0]);
      const read = (k: number) => (defined ? out[k]! : NaN);
      return {
        point: [...point],
        value: out[0]!,
        gradient: variables.map((_, i) => read(1 + i)),
        hessian: square((k) => read(1 + n + k)),
      };
    },
    kink: (local) => (mayBend ? kinkAt(own, local) : ""),
  };
  return own;
}

/** Compares the slopes to both sides along every axis. */
function kinkAt(f: Study, { point, value }: Local): string {
  if (!Number.isFinite(value)) return "";
  for (let i = 0; i < f.dim; i++) {
    const slopes = [-1, 1].map((side) => {
      const rise = (h: number) => {
        const moved = point.map((x, k) => (k === i ? x + side * h : x));
        return (f.value(moved) - value) / (moved[i]! - point[i]!);
      };
      const h = 1e-6 * Math.max(1, Math.abs(point[i]!));
      return 2 * rise(h / 2) - rise(h);
    });
    const [left, right] = slopes as [number, number];
    if (!isFinite(slopes)) continue;
    if (Math.abs(right - left) > 1e-3 * (Math.abs(left) + Math.abs(right) + 1e-9)) {
      const [a, b] = [left, right].map((s) => String(Number(s.toPrecision(3))).replace("-", "−"));
      return `f has a kink here: along ${f.variables[i]} the slope is ${a} on the left and ${b} on the right, so there is no gradient.`;
    }
  }
  return "";
}
