/** How far the lab is, and a way to stop it. */

import type { Task } from "../practice/session";

interface Props {
  readonly work: Task<unknown>;
  /** What is being done, and how far it is in words; between 0 and 1, or unknown. */
  readonly words: string;
  readonly share?: number | undefined;
}

export function Bar({ work, words, share }: Props) {
  const now = work.now.value;
  const waiting = now.is === "waiting";
  const told = waiting ? `Waiting: ${now.ahead === 1 ? "one question is" : `${now.ahead} questions are`} ahead.` : words;
  const known = !waiting && share !== undefined;
  return (
    <div class="lab-bar">
      <div
        class={known ? "bar" : "bar unknown"} role="progressbar" aria-label={told}
        {...(known ? { "aria-valuenow": Math.round(100 * share), "aria-valuemin": 0, "aria-valuemax": 100 } : {})}
      >
        <div style={{ width: known ? `${100 * share}%` : "24%" }} />
      </div>
      <p class="note">{told}</p>
      <button type="button" onClick={() => work.stop()}>Stop</button>
    </div>
  );
}

/** Why there is no result, if there is a reason. */
export function Reason({ work }: { work: Task<unknown> }) {
  const now = work.now.value;
  if (now.is === "stopped") return <p class="note" role="status">Stopped.</p>;
  return now.is === "failed" ? <p class="lab-failed" role="status">{now.message}</p> : null;
}
