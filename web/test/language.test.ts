import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { variablesOf } from "../src/graph/graph";
import { FormulaError } from "../src/language/errors";
import { parse } from "../src/language/parse";
import { pointEvaluator } from "../src/tape/evaluate";
import { record } from "../src/tape/tape";

interface Vector {
  text?: string;
  parts?: [string, number][];
  plain?: string;
  point?: Record<string, number>;
  value?: number | null;
  position?: number;
  message?: string;
  variables?: string[];
}

const file = new URL("../../tests/vectors/formulas.json", import.meta.url);
const vectors: { accepted: Vector[]; refused: Vector[] } = JSON.parse(readFileSync(file, "utf8"));

const textOf = (v: Vector): string => v.text ?? v.parts!.map(([piece, times]) => piece.repeat(times)).join("");

function valueOf(text: string, v: Vector): number {
  const root = parse(text, v.variables ?? null);
  const names = variablesOf([root]);
  return pointEvaluator(record([root], names))(names.map((name) => v.point![name]!))[0]!;
}

describe("the vectors that every parser of the language runs", () => {
  test.each(vectors.accepted.map((v) => [textOf(v).slice(0, 40), v] as const))("accepts %s", (_, v) => {
    if (!v.point) return void parse(textOf(v), v.variables ?? null);
    for (const text of [textOf(v), ...(v.plain ? [v.plain] : [])]) {
      const value = valueOf(text, v);
      if (v.value === null || v.value === undefined) expect(value).toBeNaN();
      else expect(Math.abs(value - v.value)).toBeLessThanOrEqual(1e-12 * Math.abs(v.value));
    }
  });

  test.each(vectors.refused.map((v) => [textOf(v).slice(0, 40), v] as const))("refuses %s", (_, v) => {
    let refusal: unknown;
    // Processor time, the best of three: other processes and the compiler do not count.
    const times = [0, 1, 2].map(() => {
      const begun = process.cpuUsage();
      try {
        parse(textOf(v), v.variables ?? null);
      } catch (error) {
        refusal = error;
      }
      return process.cpuUsage(begun).user / 1000;
    });
    expect(Math.min(...times)).toBeLessThan(50);
    expect(refusal).toBeInstanceOf(FormulaError);
    expect((refusal as FormulaError).position).toBe(v.position);
    expect((refusal as FormulaError).message).toContain(v.message!);
  });
});

test("equal subexpressions are one node", () => {
  const root = parse("sin(x y) + sin(x y)");
  expect(root.args[0]).toBe(root.args[1]);
});

test("four thousand brackets do not exhaust the stack", () => {
  expect(() => parse("(".repeat(4000))).toThrow("the formula ends too early");
});
