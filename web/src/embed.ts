/**
 * What a page that holds this one in a frame can say and hear, by messages:
 *
 *     frame.postMessage({ steepest: { point: [1, 2] } }, "*")          move the point
 *     frame.postMessage({ steepest: { trajectory: [[1, 2], …] } }, "*") show this descent
 *     frame.postMessage({ steepest: { theme: "dark" } }, "*")           follow its light or dark
 *     frame.postMessage({ steepest: { listen: true } }, "*")            and be told from now on:
 *         { steepest: { point: [1, 2], trajectory: [[1, 2], …], turn } }
 *
 * `turn` is a number that may come with a message; it is told back, so that who speaks and listens
 * knows what was said before the page had heard it.
 *
 * Only the page that holds the frame is listened to, and it is told nothing unless it asks.
 */

import { batch, effect } from "@preact/signals";
import * as state from "./state";
import { CHOICES, choice } from "./theme";

const OFTEN = 100; // milliseconds between two messages

const isPoint = (x: unknown): x is number[] =>
  Array.isArray(x) && x.length === state.studied.value.dim && x.every(Number.isFinite);

export function answerMessages(): void {
  let listening = false;
  let turn: unknown;
  addEventListener("message", ({ data, source }) => {
    const said = data?.steepest;
    if (!said || source !== parent || parent === window) return;
    if ("turn" in said) turn = said.turn;
    batch(() => {
      const theme = CHOICES.find((c) => c === said.theme);
      if (theme) choice.value = theme;
      if (isPoint(said.point)) state.moveTo(said.point);
      if (Array.isArray(said.trajectory) && said.trajectory.length && said.trajectory.every(isPoint)) {
        state.showTrajectory(said.trajectory);
      }
    });
    if (said.listen === true && !listening) {
      listening = true;
      tellMoves(() => turn);
    }
  });
}

/** Tell the outer page of every change, a few times a second at most. */
function tellMoves(turn: () => unknown): void {
  let waiting = 0;
  const tell = () => {
    waiting = 0;
    const { points } = state.trajectory.peek();
    // Numbers beyond the finite ones do not pass through JSON.
    const trajectory = points.filter((p) => p.every(Number.isFinite));
    parent.postMessage({ steepest: { point: [...state.at.peek()], trajectory, turn: turn() } }, "*");
  };
  effect(() => {
    void [state.at.value, state.formula.value, state.walks.value, state.activeWalk.value, state.given.value];
    waiting ||= window.setTimeout(tell, OFTEN);
  });
}
