/** The practice card: it asks, you answer, and it says what is right and what is not. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Bar, Reason } from "../lab/bar";
import { MOST_SEED, another, asked, offered, onTopic, otherNumbers, topic, topics } from "../lab/exercises";
import { Tex } from "../tex";
import { Unfolding } from "../unfolding";
import { withMinus } from "../words";
import type { Verdict } from "./answers";
import type { Mark } from "./marks";
import { DECIDED } from "./sentences";
import type { Question, Session, Solution } from "./session";

const PATIENCE = 300; // milliseconds

/** `level` is the exercise's in the headings of the page around it. */
export function Practice({ session, level = 3 }: { session: Session; level?: 2 | 3 }) {
  useEffect(() => {
    if (!asked.peek()) another();
  }, []);
  const now = session.held.value;
  const { question } = session.source;
  return (
    <div class="practice">
      <Choose />
      <div class="asked" aria-live="polite" data-key={now?.key}>{now && <Prompt of={now} level={level} />}</div>
      {question.busy && <Late><Bar work={question} words="Drawing an exercise …" /></Late>}
      <Reason work={question} />
      {now && <div inert={question.busy}><Answering of={now} session={session} /></div>}
    </div>
  );
}

/** What is worth showing only if it takes long: mostly Python has answered before. */
function Late({ children }: { children: ComponentChildren }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE);
    return () => clearTimeout(timer);
  }, []);
  return late ? <>{children}</> : null;
}

/** Which topic, and whose numbers; what there is only one of is not offered. */
function Choose() {
  const take = (text: string) => {
    const seed = Number(text);
    const now = asked.value;
    if (now && text && Number.isInteger(seed) && Math.abs(seed) <= MOST_SEED) asked.value = { ...now, seed };
  };
  const seeds = offered.value.find((e) => e.key === asked.value?.key)?.seeds;
  return (
    <div class="practice-choose">
      {topics().length > 1 && (
        <label>
          <span class="quiet">Topic</span>
          <select
            id="practice-topic" value={topic.value}
            onChange={(e) => { topic.value = e.currentTarget.value; another(); }}
          >
            <option value="">Any</option>
            {topics().map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
      )}
      {!seeds && (
        <label title="The same seed gives the same numbers to everybody">
          <span class="quiet">Seed</span>
          <input
            id="practice-seed" type="number" step="1" min={-MOST_SEED} max={MOST_SEED} value={asked.value?.seed ?? ""}
            onChange={(e) => take(e.currentTarget.value)}
          />
        </label>
      )}
      <div class="row-of-buttons">
        {onTopic().length > 1 && <button type="button" onClick={another}>Another exercise</button>}
        {seeds?.length !== 1 && <button type="button" onClick={otherNumbers}>Other numbers</button>}
      </div>
    </div>
  );
}

function Prompt({ of: { title, topic: about, shown }, level }: { of: Question; level: 2 | 3 }) {
  const Heading = `h${level}` as const;
  return (
    <>
      <Heading>{title}<span class="quiet"> · {about}</span></Heading>
      <p class="lead">{shown.map((piece, k) => (k % 2 ? <Tex key={k} tex={piece} /> : unbroken(withMinus(piece))))}</p>
    </>
  );
}

/** "η = 0.1" stays on one line. */
const unbroken = (text: string): string => text.replace(/ = (?=−?\d)/g, "\u00a0=\u00a0");

function Answering({ of: { options, names, answer_kind, hint }, session }: { of: Question; session: Session }) {
  const { verdict, solution } = session.source;
  const { answer, hinted } = session;
  const check = (event: Event) => {
    event.preventDefault();
    session.check();
  };
  const change = (text: string) => session.change(text);
  const now = verdict.now.value;
  const told = solution.now.value;
  return (
    <>
      <form class="practice-answer">
        {options ? (
          <fieldset class="choices">
            <legend>Your answer</legend>
            {options.map((option) => (
              <label key={option}>
                <input
                  type="radio" name="practice-option" value={option} checked={answer.value === option}
                  onChange={() => change(option)}
                />
                <span class="option">{option}</span>
              </label>
            ))}
          </fieldset>
        ) : (
          <label class="practice-typed">
            <span class="quiet">Your answer{form(answer_kind, names)}</span>
            <input
              id="practice-answer" type="text" value={answer.value} maxLength={4096}
              spellcheck={false} autocomplete="off" autocapitalize="off"
              onInput={(e) => change(e.currentTarget.value)}
            />
          </label>
        )}
        {/* Enter clicks it as well; a frame that may send no form is never asked to send one. */}
        <button type="submit" onClick={check}>Check</button>
      </form>
      <div class="verdict" role="status">{now.is === "done" && <Told {...now.result} names={names} />}</div>
      {verdict.busy && <Late><Bar work={verdict} words="Checking …" /></Late>}
      <Reason work={verdict} />
      <div class="row-of-buttons">
        {hint && <button type="button" aria-expanded={hinted.value} onClick={() => (hinted.value = !hinted.value)}>Hint</button>}
        {told.is !== "done" && !solution.busy && <button type="button" onClick={() => session.show()}>Show the solution</button>}
      </div>
      <div role="status">
        {hinted.value && <p class="practice-hint">{withMinus(hint)}</p>}
        {told.is === "done" && <Solved {...told.result} />}
      </div>
      {solution.busy && <Late><Bar work={solution} words="Working it out …" /></Late>}
      <Reason work={solution} />
    </>
  );
}

/** How the answer is to be typed. */
function form(kind: string, names: readonly string[]): string {
  if (names.length > 1 && kind === "gradient") return `: ${names.join(", ")}`;
  if (names.length > 1) return `: ${names.length} numbers, with commas between them`;
  return kind === "number" ? ": a number, such as 0.5 or sqrt(2)/2" : ": a formula";
}

function Told({ correct, feedback, decided_by, components, names }: Verdict & { names: readonly string[] }) {
  const several = components.length > 1 || (components.length === 1 && components[0]!.feedback !== "");
  return (
    <>
      <Said correct={correct} feedback={feedback} decided_by={several ? "" : decided_by} />
      {several && (
        <ul>
          {components.map((mark, k) => <li key={k}><Said {...mark} name={names[k] ?? ""} /></li>)}
        </ul>
      )}
    </>
  );
}

/** One verdict; the place in what was typed, where there is one, on lines of its own. */
function Said({ correct, feedback, decided_by, name = "" }: Mark & { name?: string }) {
  const [first = "", ...place] = feedback.split("\n");
  const named = name && !first.startsWith(name);
  const how = /^not read|^comparison of/.test(decided_by) ? "" : decided_by;
  // What could not be read is quoted as it was typed.
  const words = decided_by === DECIDED.unread ? first : withMinus(first);
  return (
    <div class={correct ? "said right" : "said"}>
      <span class="sign" aria-hidden="true">{correct ? "✓" : "✗"}</span>
      <div>
        <span class="visually-hidden">{correct ? "Right: " : "Wrong: "}</span>
        {named && <b>{name}{first && ": "}</b>}{words}{how && <span class="quiet"> ({how})</span>}
        {place.length > 0 && <pre aria-hidden="true">{place.join("\n")}</pre>}
      </div>
    </div>
  );
}

function Solved({ solution: way, answer: right, derivation }: Solution) {
  return (
    <>
      {derivation?.chains.length ? <Unfolding {...derivation} open /> : <p class="practice-solution">{withMinus(way)}</p>}
      <p class="note">As it could be typed: <code>{right}</code></p>
    </>
  );
}
