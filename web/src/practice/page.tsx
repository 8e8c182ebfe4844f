/** A page of exercises that works from disk: it asks, marks and explains by itself. */

import { effect, signal } from "@preact/signals";
import { render } from "preact";
import { another, asked, offered } from "../lab/exercises";
import { CHOICES, choice, dark, watchTheme } from "../theme";
import { count } from "../words";
import { Practice } from "./card";
import { listed, ownSource } from "./own";
import type { Practised } from "./own";
import { Session } from "./session";

const solved = signal<ReadonlySet<string>>(new Set());

function Page({ title, session }: { title: string; session: Session }) {
  const other = dark.value ? "light" : "dark";
  const all = offered.value.length;
  return (
    <div class={inFrame ? "page practice-page framed" : "page practice-page"}>
      <header class={inFrame ? "visually-hidden" : "header"}>
        <h1>{title}</h1>
        {!inFrame && (
          <button type="button" class="theme plain" onClick={() => (choice.value = other)}>
            {other === "dark" ? "Dark" : "Light"}
          </button>
        )}
      </header>
      <main>
        <Practice session={session} level={2} />
        <p class="note practice-solved">
          <span role="status">{solved.value.size} of {count(all, "exercise")} solved.</span> The numbers are those of seed {asked.value?.seed}.
        </p>
      </main>
    </div>
  );
}

/**
 * Another page may hold this one in a frame. It says by { steepest: { theme: "dark" } } whether it
 * is light or dark, and with { steepest: { listen: true } } it is told { steepest: { height } }.
 */
const inFrame = parent !== window;

let listened = false;

addEventListener("message", ({ data, source }) => {
  if (!inFrame || source !== parent || !data?.steepest) return;
  const theme = CHOICES.find((c) => c === data.steepest.theme);
  if (theme) choice.value = theme;
  if (data.steepest.listen === true && !listened) {
    listened = true;
    tellHeight();
  }
});

/** Tell the outer page how tall this one is, now and whenever that changes. */
function tellHeight(): void {
  const page = document.getElementById("page")!;
  const tell = () => parent.postMessage({ steepest: { height: page.getBoundingClientRect().height } }, "*");
  new ResizeObserver(tell).observe(page);
}

/** "#exercises=a,b&seed=7": which of the page's exercises a link shows, and with which numbers. */
function narrowed(): { keys: readonly string[]; seed: number } {
  const told = new URLSearchParams(location.hash.slice(1));
  return { keys: told.get("exercises")?.split(",") ?? [], seed: Number(told.get("seed") ?? NaN) };
}

watchTheme();
const { title, draws }: Practised = JSON.parse(document.getElementById("steepest-data")!.textContent || '{"draws":[]}');
const all = listed(draws);
const { keys, seed } = narrowed();
const wanted = keys.flatMap((key) => all.filter((e) => e.key === key));
offered.value = wanted.length ? wanted : all;
another();
if (asked.value && offered.value[0]?.seeds?.includes(seed)) asked.value = { ...asked.value, seed };
const session = new Session(ownSource(draws));
effect(() => {
  const now = session.source.verdict.now.value;
  const key = asked.peek()?.key;
  if (now.is === "done" && now.result.correct && key) solved.value = new Set([...solved.peek(), key]);
});
render(<Page title={title} session={session} />, document.getElementById("page")!);
