/** Why: where the numbers come from, from the derivative rules to the slope along u. */

import { computed, useComputed } from "@preact/signals";
import { variableLatex } from "../graph/typeset";
import { Steps, derivatives } from "../lab/symbolic";
import { length } from "../local/linear";
import * as state from "../state";
import { Live, Tex } from "../tex";
import { point as shown, short } from "../words";
import { GraphOfFormula } from "./graph";

const LONG = 900; // characters of LaTeX that still make a readable line

const where = computed(() => {
  const { at, formula } = state;
  return formula.value.dim === 1 ? `${formula.value.variables[0]} = ${short(at.value[0]!)}` : shown(at.value);
});
const steepness = computed(() => length(state.local.value.gradient));

function Component({ k }: { k: number }) {
  return <Live value={useComputed(() => state.local.value.gradient[k] ?? NaN)} />;
}

export function Why() {
  const f = state.formula.value;
  const { gradient: gradientLatex, hessian: hessianLatex } = derivatives();
  const one = f.dim === 1;
  const many = f.dim > 4;
  const bend = state.hasGradient.value;
  return (
    <>
      <p class="lead">
        {one
          ? "The derivative is the slope of the tangent. It follows from the formula by the rules of differentiation"
          : "Each partial derivative is the slope along one axis, with the other variables held still. Together they are the gradient"}
        {bend ? <>; at {where} {one ? "it gives" : "they give"}:</> : ":"}
      </p>
      <ul class="derivatives">
        {gradientLatex.map((tex, k) => {
          const name = one ? "f'" : `\\frac{\\partial f}{\\partial ${variableLatex(f.variables[k]!)}}`;
          return (
            <li key={k}>
              <Tex block tex={`${name} = ${tex.length < LONG ? tex : "\\ldots"}`} />
              {bend && <span class="gradient-word">= <Component k={k} /></span>}
            </li>
          );
        })}
      </ul>
      <Steps />
      <GraphOfFormula />
      {!one && (
        <>
          <p class="note">
            Along any direction <Tex tex="u" /> of length one the chain rule gives the slope as a product, and the product is
            largest when <Tex tex="u" /> points along <Tex tex="\nabla f" />:
          </p>
          <Tex block tex="D_u f = \nabla f \cdot u = \|\nabla f\| \cos\theta \;\le\; \|\nabla f\|" />
          {state.hasDirection.value && (
            <p class="note">Here it is at most <Live value={steepness} />. Along the level curve f does not change, so there cos θ = 0: the gradient stands perpendicular to it.</p>
          )}
        </>
      )}
      {!many && (
        <>
          <p class="note">{one ? "The second derivative tells how the slope changes:" : "The second derivatives tell how the gradient changes:"}</p>
          <Tex block tex={one ? `f'' = ${hessianLatex[0]![0]!}` : hessian(hessianLatex)} />
        </>
      )}
    </>
  );
}

function hessian(rows: readonly (readonly string[])[]): string {
  const flat = rows.flat();
  if (flat.join("").length > LONG) return `H = \\text{a ${rows.length} × ${rows.length} matrix, too long to print}`;
  return `H = \\begin{pmatrix} ${rows.map((row) => row.map((t) => (t.includes("\\frac") ? `\\displaystyle ${t}` : t)).join(" & ")).join(" \\\\[4px] ")} \\end{pmatrix}`;
}
