/** What a marked answer is told: the sentences of Python's checker, from the file that both read. */

import all from "../../../src/steepest/explain/sentences.json";

export const NUMBERS = all.numbers;
export const DECIDED = all.decided;
export const GRADIENT = all.gradient;
export const MISTAKES = all.mistakes;
export const SLIPS = all.slips;

/** `sentence` with what stands in braces put in. */
export const fill = (sentence: string, values: Readonly<Record<string, string | number>>): string =>
  sentence.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
