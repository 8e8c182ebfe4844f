/**
 * Marks an answer to "what is the gradient?", component by component: the twin of
 * steepest/explain/check.py.
 */

import type { Node } from "../graph/graph";
import { nodesOf } from "../tape/tape";
import type { TapeJson } from "../tape/tape";
import { ascii } from "../words";
import type { Verdict } from "./answers";
import { read, split } from "./components";
import { compare } from "./equality";
import { mark } from "./marks";
import type { Mark } from "./marks";
import { nameMistake, partialName, wholeVector } from "./mistakes";
import type { Given, Gradient } from "./mistakes";
import { DECIDED, GRADIENT, fill } from "./sentences";
import { textOf } from "./text";

/** The verdict on `answer`, such as "2x, 6y"; the outputs of `tape` are f and its partial derivatives. */
export function checkGradient(tape: TapeJson, answer: string): Verdict {
  const { variables } = tape;
  // Reading may make the graph forget old nodes, so the right ones are made last.
  const all = answer.trim() ? split(answer).map((part) => (part.text.trim() ? read(answer, part, variables) : null)) : [];
  const [f, ...partials] = nodesOf(tape);
  const asked: Gradient = { variables, f: f!, partials };
  const components = variables.map((_, k) => component(asked, k, all[k] ?? null, all));
  const surplus = all.length - variables.length;
  const correct = surplus <= 0 && components.every((m) => m.correct);
  const sentence = told(asked, components, all.length);
  const together = !correct && surplus <= 0 ? wholeVector(asked, all) : "";
  return { ...mark(correct, [sentence, together].filter(Boolean).join(" "), ""), components };
}

function component(asked: Gradient, k: number, given: Given, all: readonly Given[]): Mark {
  const partial = partialName(asked, k);
  if (given === null) return mark(false, fill(GRADIENT.missing, { partial }), DECIDED.unread);
  if (typeof given === "string") return mark(false, fill(GRADIENT.unreadable, { error: given }), DECIDED.unread);
  const right = asked.partials[k]!;
  const { equal, how, gap } = compare(given, right, asked.variables, asked.f);
  if (equal) return mark(true, same(given, right, partial), how);
  if (gap) {
    const point = asked.variables.map((name, i) => `${name} = ${ascii(gap[i]!, 4)}`).join(", ");
    return mark(false, fill(GRADIENT.gap, { point, partial }), how);
  }
  return mark(false, nameMistake(asked, k, given, all), how);
}

function same(given: Node, expected: Node, partial: string): string {
  const [typed, right] = [textOf(given), textOf(expected)];
  return typed === right ? fill(GRADIENT.right, { partial, right }) : fill(GRADIENT.same, { given: typed, right });
}

function told({ variables }: Gradient, marks: readonly Mark[], given: number): string {
  const asked = variables.length;
  if (given > asked) return fill(GRADIENT.surplus, { given, asked, names: variables.join(", ") });
  const wrong = variables.filter((_, k) => !marks[k]!.correct);
  if (!wrong.length) return GRADIENT.correct;
  if (wrong.length === asked) return asked === 1 ? GRADIENT.wrong : GRADIENT.none;
  return fill(GRADIENT.some, { partials: wrong.map((name) => `∂f/∂${name}`).join(", ") });
}
