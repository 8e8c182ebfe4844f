/**
 * Evaluates a tape, either at one point or over many at a time. Every instruction becomes one
 * closure that is chosen once; nothing is generated or evaluated as code, so the page runs
 * under the strictest content security policy.
 */

import { NUMBERS, PAIRS, integerPower } from "./functions";
import type { Instruction, Tape } from "./tape";
import { work } from "../work";

/** Points evaluated at a time: the registers of one chunk stay in the cache. */
const CHUNK = 1024;

export type PointEvaluator = (point: ArrayLike<number>) => Float64Array;
export type BatchEvaluator = (columns: readonly Float64Array[]) => Float64Array[];

/** The outputs at one point. The returned array is used again by the next call. */
export function pointEvaluator(tape: Tape): PointEvaluator {
  const r = new Float64Array(tape.instructions.length);
  const { outputs } = tape;
  const out = new Float64Array(outputs.length);
  let at: ArrayLike<number> = [];
  const steps: (() => void)[] = [];
  tape.instructions.forEach((step, k) => {
    if (step.op === "var") steps.push(() => void (r[k] = at[step.value]!));
    else if (!step.args.length) r[k] = literal(step);
    else steps.push(scalarStep(step, k, r));
  });
  return (point) => {
    at = point;
    work.points++;
    for (let k = 0; k < steps.length; k++) steps[k]!();
    for (let i = 0; i < outputs.length; i++) out[i] = r[outputs[i]!]!;
    return out;
  };
}

const literal = (step: Instruction): number =>
  step.op === "pi" ? Math.PI : step.op === "e" ? Math.E : step.value;

function scalarStep(step: Instruction, k: number, r: Float64Array): () => void {
  const [a = 0, b = 0, c = 0] = step.args;
  const n = step.value;
  switch (step.op) {
    case "add": return () => void (r[k] = r[a]! + r[b]!);
    case "sub": return () => void (r[k] = r[a]! - r[b]!);
    case "mul": return () => void (r[k] = r[a]! * r[b]!);
    case "div": return () => void (r[k] = r[a]! / r[b]!);
    case "ipow": return () => void (r[k] = integerPower(r[a]!, n));
    case "where": return () => void (r[k] = r[a] ? r[b]! : r[c]!);
  }
  const unary = NUMBERS[step.op];
  if (unary) return () => void (r[k] = unary(r[a]!));
  const binary = PAIRS[step.op];
  if (!binary) throw new TypeError(`unknown operation ${step.op}`);
  return () => void (r[k] = binary(r[a]!, r[b]!));
}

/** The outputs over columns of coordinates, one Float64Array a variable: one array an output. */
export function batchEvaluator(tape: Tape): BatchEvaluator {
  const registers = tape.instructions.map(() => new Float64Array(CHUNK));
  const inputs: [register: Float64Array, column: number][] = [];
  const steps: ((m: number) => void)[] = [];
  tape.instructions.forEach((step, k) => {
    const out = registers[k]!;
    if (step.op === "var") inputs.push([out, step.value]);
    else if (!step.args.length) out.fill(literal(step));
    else steps.push(batchStep(step, out, registers));
  });
  return (columns) => {
    const m = columns[0]?.length ?? 1;
    work.points += m;
    const outputs = tape.outputs.map(() => new Float64Array(m));
    for (let start = 0; start < m; start += CHUNK) {
      const size = Math.min(CHUNK, m - start);
      for (const [register, column] of inputs) {
        register.set(columns[column]!.subarray(start, start + size));
      }
      for (const run of steps) run(size);
      tape.outputs.forEach((k, i) => outputs[i]!.set(registers[k]!.subarray(0, size), start));
    }
    return outputs;
  };
}

function batchStep(
  step: Instruction,
  out: Float64Array,
  registers: readonly Float64Array[],
): (m: number) => void {
  const a = registers[step.args[0]!]!;
  const b = registers[step.args[1] ?? 0]!;
  const c = registers[step.args[2] ?? 0]!;
  const n = step.value;
  switch (step.op) {
    case "add": return (m) => { for (let i = 0; i < m; i++) out[i] = a[i]! + b[i]!; };
    case "sub": return (m) => { for (let i = 0; i < m; i++) out[i] = a[i]! - b[i]!; };
    case "mul": return (m) => { for (let i = 0; i < m; i++) out[i] = a[i]! * b[i]!; };
    case "div": return (m) => { for (let i = 0; i < m; i++) out[i] = a[i]! / b[i]!; };
    case "neg": return (m) => { for (let i = 0; i < m; i++) out[i] = -a[i]!; };
    case "ipow":
      if (n === 2) return (m) => { for (let i = 0; i < m; i++) out[i] = a[i]! * a[i]!; };
      return (m) => { for (let i = 0; i < m; i++) out[i] = integerPower(a[i]!, n); };
    case "where": return (m) => { for (let i = 0; i < m; i++) out[i] = a[i] ? b[i]! : c[i]!; };
  }
  const unary = NUMBERS[step.op];
  if (unary) return (m) => { for (let i = 0; i < m; i++) out[i] = unary(a[i]!); };
  const binary = PAIRS[step.op];
  if (!binary) throw new TypeError(`unknown operation ${step.op}`);
  return (m) => { for (let i = 0; i < m; i++) out[i] = binary(a[i]!, b[i]!); };
}
