/**
 * Basins of attraction: which minimum a descent reaches from every cell of a map, first for few
 * starts and then for all. It is done bit by bit, so that the page stays alive meanwhile.
 */

import { atRounding, follow, newtonStep } from "./descent";
import type { End, Ending } from "./descent";
import { kindOfEnd } from "./ends";
import { largest } from "./linear";
import type { Norm } from "./norms";
import type { Bounds } from "./plane";
import type { Rule } from "./rules";
import type { Study } from "./study";
import { work } from "../work";

export interface Walked {
  readonly f: Study;
  readonly bounds: Bounds;
  readonly columns: number;
  readonly rows: number;
  readonly rule: Rule;
  readonly stepSize: number;
  readonly norm: Norm;
}

/** Labels of starts from which no minimum was reached, as in steepest/basin_map.py. */
export const UNREACHED = { diverged: -1, not_a_minimum: -2, left_domain: -3, step_limit: -4, not_finite_at_start: -5 } as const;
const NOT_YET = -128;

export interface Minimum { readonly at: readonly number[]; readonly value: number; count: number }

/** A map in the making; the first row is the top one. */
export interface BasinMap {
  readonly asked: Walked;
  /** Of every cell: a number of `minima`, one of UNREACHED, or what no start has said yet. */
  readonly labels: Int16Array;
  readonly steps: Uint16Array;
  /** Lowest first. */
  readonly minima: readonly Minimum[];
  /** How many starts had each label of UNREACHED. */
  readonly unreached: ReadonlyMap<number, number>;
  readonly done: number;
  readonly total: number;
}

const MAX_STEPS = 1000;
const COARSEST = 16; // cells between the first starts
const NEAR = 0.01; // of the map's side: ends closer than that belong to one minimum
const VALLEY = 0.03; // the same for flat minima, which may form a valley or a ring
const APART = 0.004; // ends that far apart are both remembered

interface Family { members: (readonly number[])[]; value: number; at: readonly number[]; minimum: boolean; flat: boolean }

export class BasinWork {
  readonly #asked: Walked;
  /** What each start said: a family, or a label of UNREACHED. */
  readonly #own: Int16Array;
  readonly #steps: Uint16Array;
  readonly #families: Family[] = [];
  /** A family that turned out to be another one points to it. */
  readonly #same: number[] = [];
  readonly #order: Int32Array;
  readonly #reach: number;
  #done = 0;

  constructor(asked: Walked) {
    this.#asked = asked;
    const { columns, rows, bounds } = asked;
    this.#own = new Int16Array(columns * rows).fill(NOT_YET);
    this.#steps = new Uint16Array(columns * rows);
    this.#order = coarseToFine(columns, rows);
    this.#reach = Math.max(bounds.x1 - bounds.x0, bounds.y1 - bounds.y0);
  }

  get finished(): boolean {
    return this.#done === this.#order.length;
  }

  /** Walk down from the next starts until `enough` says so; at least from one. */
  go(enough: () => boolean): void {
    while (!this.finished) {
      this.#walk(this.#order[this.#done++]!);
      if (enough()) return;
    }
  }

  #walk(cell: number): void {
    const { f, bounds, columns, rows, rule, stepSize, norm } = this.#asked;
    work.descents++;
    const [i, j] = [cell % columns, Math.floor(cell / columns)];
    const x = bounds.x0 + ((bounds.x1 - bounds.x0) * (i + 0.5)) / columns;
    const y = bounds.y1 - ((bounds.y1 - bounds.y0) * (j + 0.5)) / rows;
    const end = follow(f, [x, y], rule.start(stepSize, norm, f.dim), MAX_STEPS, () => {});
    this.#own[cell] = this.#labelOf(end);
    this.#steps[cell] = end.steps;
  }

  #labelOf({ x, here, ending }: End): number {
    const { f } = this.#asked;
    if (ending === "critical" || (STALLED.has(ending) && atRounding(f, x, here.value, here.gradient))) {
      return this.#familyOf(x, here.gradient, here.value);
    }
    if (ending === "undefined") return UNREACHED.left_domain;
    if (ending === "diverged") return UNREACHED.diverged;
    return ending === "not_finite_at_start" ? UNREACHED.not_finite_at_start : UNREACHED.step_limit;
  }

  #familyOf(x: number[], gradient: number[], value: number): number {
    const away = (p: readonly number[]) => Math.hypot(p[0]! - x[0]!, p[1]! - x[1]!);
    let found = -1;
    for (const [k, family] of this.#families.entries()) {
      if (this.#same[k] !== k) continue;
      const nearest = Math.min(...family.members.map(away));
      if (nearest > (family.flat ? VALLEY : NEAR) * this.#reach) continue;
      if (found < 0) {
        found = k;
        if (nearest > APART * this.#reach) family.members.push(x);
        if (value < family.value) [family.value, family.at] = [value, x];
      } else this.#join(found, k);
    }
    if (found >= 0) return found;
    const { minimum, flat } = kindOfEnd(this.#asked.f, x, gradient);
    this.#families.push({ members: [x], value, at: x, minimum, flat });
    this.#same.push(this.#families.length - 1);
    return this.#families.length - 1;
  }

  #join(a: number, b: number): void {
    const [kept, gone] = [this.#families[a]!, this.#families[b]!];
    this.#same[b] = a;
    kept.members.push(...gone.members);
    kept.minimum ||= gone.minimum;
    if (gone.value < kept.value) [kept.value, kept.at] = [gone.value, gone.at];
  }

  /** The map so far; a cell without a start yet has its coarser neighbour's answer. */
  map(): BasinMap {
    const { columns, rows } = this.#asked;
    const head = this.#same.map((k) => { while (this.#same[k] !== k) k = this.#same[k]!; return k; });
    const known = [...new Set(head)].filter((k) => this.#families[k]!.minimum).map((k) => ({ k, ...this.#bottom(k) }));
    // Minima that differ by rounding only are ordered by their place.
    const grain = 1e-12 * (1 + largest(known.map((m) => m.value)));
    const level = (value: number) => Math.round(value / grain);
    known.sort((a, b) => level(a.value) - level(b.value) || a.at[0]! - b.at[0]! || a.at[1]! - b.at[1]!);
    const heads = known.map(({ k }) => k);
    const minima = known.map(({ at, value }): Minimum => ({ at, value, count: 0 }));
    const unreached = new Map<number, number>();
    const rank = head.map((k) => { const place = heads.indexOf(k); return place < 0 ? UNREACHED.not_a_minimum : place; });
    const labels = new Int16Array(columns * rows);
    const steps = new Uint16Array(columns * rows);
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++) {
        const cell = j * columns + i;
        const from = this.#known(i, j);
        const own = this.#own[from]!;
        const label = own >= 0 ? rank[own]! : own;
        labels[cell] = label;
        steps[cell] = this.#steps[from]!;
        if (from !== cell) continue;
        if (label >= 0) minima[label]!.count++;
        else if (label !== NOT_YET) unreached.set(label, (unreached.get(label) ?? 0) + 1);
      }
    }
    return { asked: this.#asked, labels, steps, minima, unreached, done: this.#done, total: this.#order.length };
  }

  /** A family's lowest point, brought closer by Newton's method where that leads anywhere. */
  #bottom(k: number): { at: readonly number[]; value: number } {
    const { f } = this.#asked;
    let { at, value } = this.#families[k]!;
    for (let round = 0; round < 4; round++) {
      const { gradient, hessian } = f.at(at);
      const step = newtonStep(hessian, gradient);
      if (!step || Math.hypot(...step) > NEAR * this.#reach) break;
      const next = at.map((x, i) => x - step[i]!);
      if (!(f.value(next) <= value)) break;
      [at, value] = [next, f.value(next)];
    }
    return { at, value };
  }

  /** The nearest cell to the upper left whose start has been walked, coarser and coarser. */
  #known(i: number, j: number): number {
    const { columns } = this.#asked;
    for (let stride = 1; stride < COARSEST; stride *= 2) {
      const cell = (j - (j % stride)) * columns + i - (i % stride);
      if (this.#own[cell] !== NOT_YET) return cell;
    }
    return (j - (j % COARSEST)) * columns + i - (i % COARSEST);
  }
}

const STALLED = new Set<Ending>(["stuck", "step_limit"]);

/** All cells, every 16th across and up first, then every 8th … */
function coarseToFine(columns: number, rows: number): Int32Array {
  const order = new Int32Array(columns * rows);
  let n = 0;
  for (let stride = COARSEST; stride >= 1; stride /= 2) {
    for (let j = 0; j < rows; j += stride) {
      for (let i = 0; i < columns; i += stride) {
        const before = stride < COARSEST && i % (2 * stride) === 0 && j % (2 * stride) === 0;
        if (!before) order[n++] = j * columns + i;
      }
    }
  }
  return order;
}
