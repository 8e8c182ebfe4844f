/**
 * Answers on standard input's JSON lines, for the tests that hold this code against Python's:
 * {"parse": text} -> the graph or the refusal; {"tape", "points"} -> f, ∇f and Hessian there;
 * {"tape", "window": point} -> the part of the plane that is shown around a point;
 * {"tape", "graph": point} -> the computational graph with values and adjoints.
 */

import { createInterface } from "node:readline";
import { gradient, hessianUpper } from "../src/graph/differentiate";
import { variablesOf } from "../src/graph/graph";
import { latex } from "../src/graph/typeset";
import { FormulaError } from "../src/language/errors";
import { naturalOrder } from "../src/language/names";
import { parse } from "../src/language/parse";
import { graphOf } from "../src/local/backward";
import { studyTape } from "../src/local/study";
import { suggestView } from "../src/plot/view";
import { textOf } from "../src/practice/text";
import { batchEvaluator, pointEvaluator } from "../src/tape/evaluate";
import { nodesOf, record, toJson } from "../src/tape/tape";
import type { TapeJson } from "../src/tape/tape";

function parsed(text: string, declared: string[] | null): object {
  try {
    const node = parse(text, declared);
    const variables = declared ?? variablesOf([node]).sort(naturalOrder);
    const first = gradient(node, variables);
    return {
      tape: toJson([node], variables),
      gradient: toJson(first, variables),
      latex: [node, ...first].map(latex),
      text: [node, ...first].map(textOf),
    };
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return { position: error.position, reason: error.reason, hint: error.hint };
  }
}

/** JSON knows neither NaN nor infinity. */
const plain = (values: ArrayLike<number>) =>
  Array.from(values, (v) => (Number.isFinite(v) ? (Object.is(v, -0) ? "-0" : v) : String(v)));

function evaluated(json: TapeJson, points: (number | string)[][]): object {
  const [root] = nodesOf(json);
  const first = gradient(root!, json.variables);
  const roots = [root!, ...first, ...hessianUpper(first, json.variables)];
  const tape = record(roots, json.variables);
  const numbers = points.map((p) => p.map(Number));
  const columns = json.variables.map((_, k) => Float64Array.from(numbers, (p) => p[k]!));
  const batch = batchEvaluator(tape)(columns).map(plain);
  const single = pointEvaluator(tape);
  const singles = numbers.map((p) => plain(single(p)));
  return { batch, singles };
}

function windowAround(json: TapeJson, point: number[]): object {
  const f = studyTape(json, "");
  const axes: [number, number] = f.dim > 1 ? [0, 1] : [0, 0];
  const through = point.map((x, k) => (axes.includes(k) ? 0 : x));
  return suggestView(f.at(point), { f, axes, through });
}

function graphAt(json: TapeJson, point: number[]): object {
  const { nodes, at } = graphOf(studyTape(json, ""));
  const { values, adjoints } = at(point);
  return nodes.map(({ name, label, inputs }, k) => ({ name, label, inputs, value: values[k], adjoint: adjoints[k] }));
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer =
    "parse" in request
      ? parsed(request.parse, request.variables ?? null)
      : "window" in request
        ? windowAround(request.tape, request.window)
        : "graph" in request
          ? graphAt(request.tape, request.graph)
          : evaluated(request.tape, request.points);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
