/** Typeset mathematics and aligned numbers. */

import katex from "katex";
import { useMemo } from "preact/hooks";
import { atPoint, short } from "./words";
import { work } from "./work";

export function Tex({ tex, block = false }: { tex: string; block?: boolean }) {
  const html = useMemo(
    () => {
      work.typeset++;
      return katex.renderToString(tex, { throwOnError: false, displayMode: block, strict: "ignore" });
    },
    [tex, block],
  );
  return <span class={block ? "tex block" : "tex"} dangerouslySetInnerHTML={{ __html: html }} />;
}

/** A number in four digits; copied, it is given in full. */
export const Num = ({ value, digits = 4 }: { value: number; digits?: number }) => (
  <span class="num" data-full={String(value)}>{short(value, digits)}</span>
);

/** Numbers below one another, aligned at the decimal point, in the brackets of a vector. */
export function Column({ values, name }: { values: readonly number[]; name: string }) {
  return (
    <span class="column" role="img" aria-label={`${name} = (${values.map((v) => short(v)).join(", ")})`}>
      {values.map((value, k) => {
        const [whole, rest] = atPoint(value);
        return (
          <span class="row" key={k} data-full={String(value)} aria-hidden="true">
            <span class="whole">{whole}</span>
            <span class="rest">{rest}</span>
          </span>
        );
      })}
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
