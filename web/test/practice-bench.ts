/**
 * How long the page's checker takes over the answers of tests/vectors/practice.json, given as the
 * argument: JSON on standard output. See benchmarks/bench_practice.py.
 */

import { readFileSync } from "node:fs";
import { markAnswer } from "../src/practice/answers";
import type { Truth } from "../src/practice/answers";

interface Case { readonly truth: Truth; readonly right: string[]; readonly wrong: [string, ...unknown[]][] }

const vectors: Record<"gradients" | "exercises", Case[]> = JSON.parse(readFileSync(process.argv[2]!, "utf8"));
const counted: Record<string, number> = {};

function timed(truth: Truth, answer: string, correct: boolean): number {
  const start = process.cpuUsage();
  const verdict = markAnswer(truth, answer);
  const { user, system } = process.cpuUsage(start);
  if (verdict.correct !== correct) throw new Error(`${answer}: marked ${verdict.correct}`);
  for (const { decided_by } of verdict.components) {
    const how = decided_by.replace(/\d+/, "N");
    if (how) counted[how] = (counted[how] ?? 0) + 1;
  }
  return (user + system) / 1000;
}

const all = [...vectors.gradients, ...vectors.exercises];
const right = all.flatMap((c) => c.right.map((answer) => timed(c.truth, answer, true)));
const wrong = all.flatMap((c) => c.wrong.map(([answer]) => timed(c.truth, answer, false)));
process.stdout.write(JSON.stringify({ right, wrong, counted }));
