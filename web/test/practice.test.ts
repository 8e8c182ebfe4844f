import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { markAnswer } from "../src/practice/answers";
import type { Truth, Verdict } from "../src/practice/answers";
import { candidates } from "../src/practice/sampling";
import { DECIDED } from "../src/practice/sentences";

/** Python's verdicts, written by tests/practice_vectors.py. */
interface Case {
  readonly formula?: string;
  readonly key?: string;
  readonly truth: Truth;
  readonly right: readonly string[];
  readonly wrong: readonly (readonly [answer: string, said: string, components: readonly (string | boolean)[]])[];
}

const file = new URL("../../tests/vectors/practice.json", import.meta.url);
const vectors: { gradients: Case[]; exercises: Case[]; points: number[][] } = JSON.parse(readFileSync(file, "utf8"));
const cases = [...vectors.gradients, ...vectors.exercises].map((c) => [c.formula ?? c.key!, c] as const);
const HOW: readonly string[] = Object.values(DECIDED);

const decided = (how: string): boolean => HOW.includes(how) || /^the same at \d+ points, not proved$/.test(how);

describe.each(cases)("answers to %s", (_, { truth, right, wrong }) => {
  test("right ones in any form are right", () => {
    for (const answer of right) {
      const verdict = markAnswer(truth, answer);
      for (const { correct, decided_by } of [verdict, ...verdict.components]) {
        expect([answer, correct, decided_by === "" || decided(decided_by)]).toEqual([answer, true, true]);
      }
    }
  });

  test("wrong ones are wrong, and what is said of them is what Python says", () => {
    const told = (verdict: Verdict) =>
      truth.kind === "gradient"
        ? verdict.components.map((m) => (m.correct ? "" : m.feedback))
        : verdict.components.map((m) => m.correct);
    for (const [answer, said, components] of wrong) {
      const verdict = markAnswer(truth, answer);
      expect(verdict.correct, answer).toBe(false);
      expect([answer, verdict.feedback, told(verdict)]).toEqual([answer, said, components]);
    }
  });
});

test("the points at which both checkers look are the same", () => {
  const own = ([[1, 120], [2, 240], [3, 120]] as const).map(([n, count]) => candidates(n, count).at(-1)!);
  own.forEach((p, k) => p.forEach((x, i) => expect(Math.abs(x - vectors.points[k]![i]!)).toBeLessThanOrEqual(1e-13 * Math.abs(x))));
});
