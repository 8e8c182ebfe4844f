/** Exercises that Python drew in advance and this page marks by itself: no server, no Python. */

import { signal } from "@preact/signals";
import type { Asked, Listed } from "../lab/exercises";
import type { Now } from "../lab/work";
import { markAnswer } from "./answers";
import type { Truth } from "./answers";
import type { Question, Solution, Source, Task } from "./session";

/** One exercise with the numbers of one seed. */
interface Draw extends Question, Solution {
  readonly seed: number;
  readonly truth: Truth;
}

/** What Python writes into the page. */
export interface Practised {
  readonly title: string;
  readonly draws: readonly Draw[];
}

/** The exercises of `draws`, each with the seeds it was drawn with. */
export function listed(draws: readonly Draw[]): Listed[] {
  const all = new Map<string, Listed & { seeds: number[] }>();
  for (const { key, topic, title, seed } of draws) {
    const known = all.get(key);
    if (known) known.seeds.push(seed);
    else all.set(key, { key, topic, title, seeds: [seed] });
  }
  return [...all.values()];
}

export function ownSource(draws: readonly Draw[]): Source {
  const find = ({ key, seed }: Asked): Draw => draws.find((d) => d.key === key && d.seed === seed)!;
  return {
    question: new AtOnce(find),
    verdict: new AtOnce((given: Asked & { answer: string }) => markAnswer(find(given).truth, given.answer)),
    solution: new AtOnce(find),
  };
}

/** What is told as soon as it is asked for. */
class AtOnce<Asking, Result> implements Task<Result> {
  readonly now = signal<Now<Result>>({ is: "idle" });
  readonly busy = false;

  constructor(readonly tell: (question: Asking) => Result) {}

  start(question: object): void {
    this.now.value = { is: "done", result: this.tell(question as Asking) };
  }

  stop(): void {
    this.forget();
  }

  forget(): void {
    this.now.value = { is: "idle" };
  }
}
