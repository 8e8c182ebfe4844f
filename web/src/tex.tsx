/** Typeset mathematics and aligned numbers. */

import { useComputed } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import katex from "katex";
import { useMemo } from "preact/hooks";
import { atPoint, short } from "./words";
import { work } from "./work";

/** Mathematics in a line, or large on lines of its own that break where a sum or an equation may. */
export function Tex({ tex, block = false }: { tex: string; block?: boolean }) {
  const html = useMemo(
    () => {
      work.typeset++;
      return katex.renderToString(block ? `\\displaystyle ${tex}` : tex, { throwOnError: false, strict: "ignore" });
    },
    [tex, block],
  );
  return <span class={block ? "tex block" : "tex"} dangerouslySetInnerHTML={{ __html: html }} />;
}

/** A number in four digits; copied, it is given in full. */
export const Num = ({ value, digits = 4 }: { value: number; digits?: number }) => (
  <span class="num" data-full={String(value)}>{short(value, digits)}</span>
);

/** The same for a number that changes while the point is dragged: only its digits are written. */
export const Live = ({ value, digits = 4 }: { value: ReadonlySignal<number>; digits?: number }) => (
  <span class="num" data-full={useComputed(() => String(value.value))}>{useComputed(() => short(value.value, digits))}</span>
);

/** Numbers below one another, aligned at the decimal point, in the brackets of a vector. */
export function Column({ values, name }: { values: ReadonlySignal<readonly number[]>; name: string }) {
  const many = useComputed(() => values.value.length);
  const spoken = useComputed(() => `${name} = (${values.value.map((v) => short(v)).join(", ")})`);
  return (
    <span class="column" role="img" aria-label={spoken}>
      {Array.from({ length: many.value }, (_, k) => <Row key={k} values={values} k={k} />)}
    </span>
  );
}

function Row({ values, k }: { values: ReadonlySignal<readonly number[]>; k: number }) {
  const full = useComputed(() => String(values.value[k]));
  const parts = useComputed(() => atPoint(values.value[k] ?? NaN));
  return (
    <span class="row" data-full={full} aria-hidden="true">
      <span class="whole">{useComputed(() => parts.value[0])}</span>
      <span class="rest">{useComputed(() => parts.value[1])}</span>
    </span>
  );
}

/** Whatever is copied from the page carries all digits of its numbers. */
export function copyAllDigits(): void {
  document.addEventListener("copy", (event) => {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !event.clipboardData) return;
    const within = (node: globalThis.Node | null) =>
      (node instanceof Element ? node : node?.parentElement)?.closest("[data-full]");
    const single = within(selection.anchorNode);
    const fragment = selection.getRangeAt(0).cloneContents();
    const numbers = fragment.querySelectorAll<HTMLElement>("[data-full]");
    if (!numbers.length && !(single && single === within(selection.focusNode))) return;
    numbers.forEach((n) => (n.textContent = n.dataset.full!));
    const text = numbers.length ? fragment.textContent! : (single as HTMLElement).dataset.full!;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  });
}
