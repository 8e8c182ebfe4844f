/** A card: a title, the question it answers, and what is inside when it is open. */

import type { ComponentChildren } from "preact";
import { openCard } from "../state";
import type { CardName } from "../state";

interface Props {
  readonly name: CardName;
  readonly title: string;
  readonly question: string;
  readonly children: ComponentChildren;
}

export function Card({ name, title, question, children }: Props) {
  const open = openCard.value === name;
  return (
    <section class={open ? "card open" : "card"} id={`card-${name}`}>
      <h2>
        <button
          type="button" aria-expanded={open} aria-controls={`inside-${name}`}
          onClick={() => (openCard.value = name)}
        >
          <span class="title">{title}</span>
          <span class="question">{question}</span>
        </button>
      </h2>
      <div class="inside" id={`inside-${name}`} hidden={!open}>{open && children}</div>
    </section>
  );
}
