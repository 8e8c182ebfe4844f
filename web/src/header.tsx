/** The formula, large; below it the field where another can be typed. */

import { useEffect, useState } from "preact/hooks";
import { variableLatex } from "./graph/typeset";
import { enter } from "./opening";
import * as state from "./state";
import { Tex } from "./tex";
import { choice, dark } from "./theme";

const EXAMPLES: [title: string, formula: string][] = [
  ["A bowl", "x^2 + 3y^2"],
  ["A tilted bowl", "x^2 - x y + y^2"],
  ["Rosenbrock's valley", "(1 - x)^2 + 100(y - x^2)^2"],
  ["Himmelblau's four minima", "(x^2 + y - 11)^2 + (x + y^2 - 7)^2"],
  ["The six-hump camel", "(4 - 2.1x^2 + x^4/3)x^2 + x y + (4y^2 - 4)y^2"],
  ["A monkey saddle", "x^3 - 3x y^2"],
  ["Waves", "sin(x) + sin(y) + sin(x + y)"],
  ["Hill and hollow", "x exp(-x^2 - y^2)"],
  ["A kink", "|x| + y^2/2"],
  ["One variable", "x^4 - 3x^2 + x"],
  ["Three variables", "x^2 + 2y^2 + 3z^2 - x y z"],
];

const LONG = 1200;

export function Header() {
  const f = state.formula.value;
  const whole = `${f.signature} = ${f.latex}`;
  return (
    <header class="header">
      <h1 class={f.latex.length > 220 ? "formula small" : "formula"} aria-label={`f(${f.variables.join(", ")}) = ${f.text}`}>
        <Tex tex={f.latex.length < LONG ? whole : `${f.signature} = \\ldots`} />
      </h1>
      <ThemeSwitch />
      <Entry />
    </header>
  );
}

function Entry() {
  const [text, setText] = useState(state.entry.value);
  useEffect(() => setText(state.entry.value), [state.entry.value]);
  const refusal = state.refusal.value;
  const type = (value: string) => {
    setText(value);
    enter(value);
  };
  const names = state.formula.value.variables.map(variableLatex);
  return (
    <div class="entry">
      <label for="formula"><Tex tex={`f(${names.join(", ")}) =`} /><span class="visually-hidden">Type a formula</span></label>
      <input
        id="formula" type="text" value={text} spellcheck={false} autocomplete="off" autocapitalize="off"
        aria-invalid={refusal ? "true" : "false"} aria-describedby={refusal ? "refusal" : undefined}
        onInput={(e) => type(e.currentTarget.value)}
      />
      <select aria-label="Examples" value="" onChange={(e) => { if (e.currentTarget.value) type(e.currentTarget.value); e.currentTarget.value = ""; }}>
        <option value="">Examples</option>
        {EXAMPLES.map(([title, formula]) => <option key={title} value={formula}>{title}</option>)}
      </select>
      <div class="refusal" id="refusal" role="status">{refusal && <Refusal />}</div>
    </div>
  );
}

/** The mistake with a caret under its place, and what to do. */
function Refusal() {
  const { text, position, reason, hint } = state.refusal.value!;
  const from = Math.max(0, position - 40);
  const to = Math.min(text.length, position + 40);
  const before = (from ? "…" : "") + text.slice(from, position);
  const after = text.slice(position, to) + (to < text.length ? "…" : "");
  return (
    <>
      {text && <pre aria-hidden="true">{before}<mark>{after.slice(0, 1) || " "}</mark>{after.slice(1)}{"\n"}{" ".repeat(before.length)}^</pre>}
      <p>{sentence(hint ? `${reason}; ${hint}` : reason)}</p>
    </>
  );
}

const sentence = (words: string): string =>
  words[0]!.toUpperCase() + words.slice(1) + (/[.?!)]$/.test(words) ? "" : ".");

export function ThemeSwitch() {
  const other = dark.value ? "light" : "dark";
  return (
    <button type="button" class="theme plain" title={`Show the page in ${other} colours`} onClick={() => (choice.value = other)}>
      {other === "dark" ? "Dark" : "Light"}
    </button>
  );
}
