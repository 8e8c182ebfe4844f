/** The nearest of some known words: the measure is 2·(matching letters)/(all letters). */

/** The best of `known` that is at least `cutoff` alike, or "". */
export function closest(word: string, known: readonly string[], cutoff: number): string {
  let best = "";
  let record = -1;
  for (const candidate of known) {
    const alike = likeness(candidate, word);
    // Among equals the alphabetically last wins, as in Python's difflib.
    if (alike >= cutoff && (alike > record || (alike === record && candidate > best))) {
      [best, record] = [candidate, alike];
    }
  }
  return best;
}

function likeness(a: string, b: string): number {
  const length = a.length + b.length;
  return length ? (2 * matching(a, b)) / length : 1;
}

/** Letters in the longest common block, and in turn in what lies left and right of it. */
function matching(a: string, b: string): number {
  let size = 0;
  let [i0, j0] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      let k = 0;
      while (i + k < a.length && j + k < b.length && a[i + k] === b[j + k]) k++;
      if (k > size) [size, i0, j0] = [k, i, j];
    }
  }
  if (!size) return 0;
  return (
    size +
    matching(a.slice(0, i0), b.slice(0, j0)) +
    matching(a.slice(i0 + size), b.slice(j0 + size))
  );
}
