/**
 * Practising: what is asked, what was answered, and what was said of it. Where questions and
 * verdicts come from is the source's matter: the lab asks Python, a page on its own marks itself.
 */

import { effect, signal, untracked } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { Symbolic } from "../data";
import type { Now } from "../lab/work";
import { asked } from "../lab/exercises";
import type { Verdict } from "./answers";

export interface Question {
  readonly key: string;
  readonly title: string;
  readonly topic: string;
  readonly answer_kind: string;
  readonly hint: string;
  readonly options?: readonly string[];
  /** The prompt: text and LaTeX in turn. */
  readonly shown: readonly string[];
  /** What the components of the answer are called. */
  readonly names: readonly string[];
}

export interface Solution {
  readonly solution: string;
  /** The right answer as it could be typed. */
  readonly answer: string;
  /** For a gradient: the way to it, rule by rule. */
  readonly derivation?: Symbolic;
}

/** Something that is asked for and told, at once or later. */
export interface Task<Result> {
  readonly now: Signal<Now<Result>>;
  readonly busy: boolean;
  start(question: object): void | Promise<void>;
  stop(): void;
  /** As if it had never been asked. */
  forget(): void;
}

export interface Source {
  readonly question: Task<Question>;
  readonly verdict: Task<Verdict>;
  readonly solution: Task<Solution>;
}

export class Session {
  /** The exercise that is shown: until another one is there, the one before. */
  readonly held = signal<Question | null>(null);
  readonly answer = signal("");
  readonly hinted = signal(false);

  constructor(readonly source: Source) {
    const { question, verdict, solution } = source;
    effect(() => {
      const now = asked.value;
      untracked(() => {
        this.answer.value = "";
        this.hinted.value = false;
        verdict.forget();
        solution.forget();
        if (now) void question.start(now);
      });
    });
    effect(() => {
      const now = question.now.value;
      if (now.is === "done") this.held.value = now.result;
      else if (now.is === "failed" || now.is === "stopped") this.held.value = null;
    });
  }

  check(): void {
    if (asked.value) void this.source.verdict.start({ ...asked.value, answer: this.answer.value });
  }

  change(text: string): void {
    this.answer.value = text;
    this.source.verdict.forget();
  }

  show(): void {
    if (asked.value) void this.source.solution.start(asked.value);
  }
}
