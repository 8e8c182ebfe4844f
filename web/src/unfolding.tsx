/** The way to a derivative, rule by rule. */

import type { Symbolic } from "./data";
import { Tex } from "./tex";
import { count, withMinus } from "./words";

/** The derivation, folded until somebody wants to read it. */
export function Unfolding({ parts, chains, steps, checked, open = false }: Symbolic & { open?: boolean }) {
  if (!chains.length) return <p class="note">The derivation has {count(steps, "step")}: too many to read.</p>;
  return (
    <details class="steps" open={open}>
      <summary>Rule by rule: {count(steps, "step")}{checked ? `, ${steps === 1 ? "" : "each "}checked at random points` : ""}</summary>
      {parts.map((p) => <Tex key={p.name} block tex={`${p.name} = ${p.latex}`} />)}
      {chains.map((chain, k) => (
        <ol key={k}>
          <li><Tex block tex={`${chain.name} = ${chain.start}`} /></li>
          {chain.steps.map((step, n) => (
            <li key={n}>
              <Tex block tex={`= ${step.latex}`} />
              <p class="note"><b>{step.rule}</b>{step.reason && `: ${withMinus(step.reason)}`}{!step.checked && " (not checked)"}</p>
            </li>
          ))}
        </ol>
      ))}
    </details>
  );
}
