import { describe, expect, test } from "vitest";
import { parse } from "../src/language/parse";
import { parseRational, rational, toNumber } from "../src/graph/rational";
import { erf, pow, sign } from "../src/tape/functions";
import { batchEvaluator, pointEvaluator } from "../src/tape/evaluate";
import { nodesOf, record, toJson } from "../src/tape/tape";

describe("exact constants become the nearest double", () => {
  test.each([
    "0.1", "1e-5", "123456789012345678901234567890", "5e-324", "3e-324", "1.7976931348623157e308",
    "2.2250738585072011e-308", "9007199254740993", "0.30000000000000004", "1e23", "4.35e-310",
  ])("%s", (text) => expect(toNumber(parseRational(text))).toBe(Number(text)));

  test("ratios", () => {
    expect(toNumber(rational(1n, 3n))).toBe(1 / 3);
    expect(toNumber(rational(-(2n ** 60n) - 1n, 3n ** 20n))).toBeCloseTo(-(2 ** 60) / 3 ** 20, 0);
  });
});

test("erf against values of mpmath with 20 digits", () => {
  const known: [number, number][] = [
    [1e-8, 1.128379167095512537e-8], [0.1, 0.11246291601828489221], [0.5, 0.52049987781304653768],
    [1, 0.84270079294971486935], [1.4, 0.95228511976264881052], [1.6, 0.97634838334464400777], [2, 0.99532226501895273416], [2.5, 0.99959304798255504107],
    [3, 0.99997790950300141456], [5, 0.99999999999846254021],
  ];
  for (const [x, value] of known) {
    expect(Math.abs(erf(x) - value)).toBeLessThanOrEqual(4e-16 * value);
    expect(erf(-x)).toBe(-erf(x));
  }
  expect([erf(Infinity), erf(-Infinity), erf(0)]).toEqual([1, -1, 0]);
  expect(erf(NaN)).toBeNaN();
});

test("powers and signs as C defines them", () => {
  expect(pow(1, NaN)).toBe(1);
  expect(pow(-1, Infinity)).toBe(1);
  expect(pow(-8, 1 / 3)).toBeNaN();
  expect(sign(-0)).toBe(0);
  expect(sign(NaN)).toBeNaN();
});

test("batches longer than a chunk equal single points", () => {
  const tape = record([parse("where(x < y, sqrt(x), atan2(y, x)) + hypot(x, y)^1.5 min(x, y)")], ["x", "y"]);
  const x = Float64Array.from({ length: 3000 }, (_, k) => Math.sin(k) * 5);
  const y = Float64Array.from({ length: 3000 }, (_, k) => Math.cos(3 * k));
  const single = pointEvaluator(tape);
  const [batch] = batchEvaluator(tape)([x, y]);
  for (let k = 0; k < 3000; k++) expect(batch![k]).toEqual(single([x[k]!, y[k]!])[0]);
});

test("a tape survives JSON", () => {
  const root = parse("0.1 x^3 - e^(x/3) + pi");
  const json = JSON.parse(JSON.stringify(toJson([root], ["x"])));
  expect(nodesOf(json)[0]).toBe(root);
});
