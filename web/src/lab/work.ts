/** Work under way at the lab, as a signal: what the cards show and can stop. */

import { effect, signal } from "@preact/signals";
import { formula } from "../state";
import { ask, sentence } from "./stream";

export type Now<Result> =
  | { readonly is: "idle" | "stopped" }
  | { readonly is: "waiting"; readonly ahead: number }
  | { readonly is: "running"; readonly progress: Readonly<Record<string, number>> }
  | { readonly is: "done"; readonly result: Result }
  | { readonly is: "failed"; readonly message: string };

export class Work<Result> {
  readonly now = signal<Now<Result>>({ is: "idle" });
  #leave: AbortController | null = null;

  constructor(readonly kind: string, readonly aboutFormula = true) {
    if (!aboutFormula) return;
    // A result is about one formula; with another one there is nothing left to say.
    let about = formula.peek();
    effect(() => {
      if (formula.value === about) return;
      about = formula.value;
      this.#end({ is: "idle" });
    });
  }

  get busy(): boolean {
    return this.now.value.is === "waiting" || this.now.value.is === "running";
  }

  async start(question: object): Promise<void> {
    this.#end({ is: "running", progress: {} });
    const leave = (this.#leave = new AbortController());
    const about = this.aboutFormula ? { formula: formula.peek().text } : {};
    for await (const { name, data } of ask(this.kind, { ...about, ...question }, leave.signal)) {
      if (leave.signal.aborted) return;
      if (name === "waiting") this.now.value = { is: "waiting", ahead: data["ahead"] as number };
      else if (name === "progress") this.now.value = { is: "running", progress: data as Record<string, number> };
      else if (name === "result") this.now.value = { is: "done", result: data as Result };
      else this.now.value = { is: "failed", message: sentence(String(data["message"]).split("\n")[0]!) };
    }
  }

  stop(): void {
    this.#end({ is: "stopped" });
  }

  /** As if it had never been asked. */
  forget(): void {
    this.#end({ is: "idle" });
  }

  #end(now: Now<Result>): void {
    this.#leave?.abort();
    this.#leave = null;
    this.now.value = now;
  }
}
