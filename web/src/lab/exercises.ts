/** Which exercise is asked, of those there are. The lab's address holds it, so it can be sent. */

import { signal, untracked } from "@preact/signals";

export interface Listed {
  readonly key: string;
  readonly topic: string;
  readonly title: string;
  /** The seeds it was drawn with, where no others can be drawn: on a page without Python. */
  readonly seeds?: readonly number[];
}

/** An exercise and its numbers: the same ones for everybody who takes the same seed. */
export interface Asked {
  readonly key: string;
  readonly seed: number;
}

export const MOST_SEED = 1_000_000_000;
const SEEDS = 10_000; // drawn ones are short, so that they can be told to somebody

export const offered = signal<readonly Listed[]>([]);
/** The chosen topic; "" for any. */
export const topic = signal("");
export const asked = signal<Asked | null>(null);

const seen = new Set<string>();

export const anySeed = (): number => Math.floor(SEEDS * Math.random());

export const topics = (): string[] => [...new Set(offered.value.map((e) => e.topic))];

export const onTopic = (): readonly Listed[] =>
  offered.value.filter((e) => !topic.value || e.topic === topic.value);

/**
 * Ask another exercise on the topic, with the same seed; none twice before all were asked. Those
 * of a page come in the order in which it lists them.
 */
export function another(): void {
  const now = asked.peek();
  const all = untracked(onTopic);
  let rest: readonly Listed[] = all.filter((e) => !seen.has(e.key) && e.key !== now?.key);
  if (!rest.length) {
    all.forEach((e) => seen.delete(e.key));
    rest = all.length > 1 ? all.filter((e) => e.key !== now?.key) : all;
  }
  const next = rest[rest[0]?.seeds ? 0 : Math.floor(rest.length * Math.random())];
  if (!next) return;
  seen.add(next.key);
  const same = now && (next.seeds?.includes(now.seed) ?? true);
  asked.value = { key: next.key, seed: same ? now.seed : (next.seeds?.[0] ?? anySeed()) };
}

/** The same exercise with other numbers: any, or the next of those it was drawn with. */
export function otherNumbers(): void {
  const now = asked.peek();
  if (!now) return;
  const seeds = offered.peek().find((e) => e.key === now.key)?.seeds;
  const seed = seeds ? seeds[(seeds.indexOf(now.seed) + 1) % seeds.length]! : anySeed();
  asked.value = { ...now, seed };
}

/** "chain-power,7" as an address has it; null for anything else. */
export function readAsked(text: string | undefined): Asked | null {
  const [, key, seed] = /^([a-z0-9-]{1,64}),(-?\d{1,10})$/.exec(text ?? "") ?? [];
  return key && Math.abs(Number(seed)) <= MOST_SEED ? { key, seed: Number(seed) } : null;
}
