/** The page: formula above, map to the left, cards to the right in the chapter's order. */

import { effect } from "@preact/signals";
import { render } from "preact";
import { Card } from "./cards/card";
import { Here } from "./cards/here";
import { Landscape } from "./cards/landscape";
import { Turn } from "./cards/turn";
import { Walk } from "./cards/walk";
import { Why } from "./cards/why";
import { readData } from "./data";
import { answerMessages } from "./embed";
import { Header } from "./header";
import { followAddress } from "./lab/address";
import { offered } from "./lab/exercises";
import { inLab } from "./lab/mode";
import { Practice, canPractise } from "./lab/practice";
import { Legend } from "./legend";
import { begin } from "./opening";
import { MapView, Zoom } from "./plot/map";
import { SurfacePage, beginSurface } from "./sampled/page";
import * as state from "./state";
import { copyAllDigits } from "./tex";
import { watchTheme } from "./theme";
import { work } from "./work";
import type { Work } from "./work";

function Page() {
  const curve = state.isCurve.value;
  return (
    <div class="page">
      <Header />
      <main class="columns">
        <div class="left">
          <MapView />
          <div class="below"><Zoom /><Legend /></div>
        </div>
        <div class="cards">
          <Card name="here" title="Here" question="Which way is up, and how steep?"><Here /></Card>
          {!curve && <Card name="turn" title="Turn" question="What if I go another way?"><Turn /></Card>}
          <Card name="walk" title="Walk" question="Where does walking downhill lead?"><Walk /></Card>
          <Card name="landscape" title="Landscape" question="What does the whole look like?"><Landscape /></Card>
          <Card name="why" title="Why" question="Where do these numbers come from?"><Why /></Card>
          {canPractise() && <Card name="practice" title="Practise" question="Can I do it myself?"><Practice /></Card>}
        </div>
      </main>
    </div>
  );
}

declare global {
  interface Window {
    /** For a page that embeds this one: read and move the point; what was done so far, counted. */
    steepest: { point(): number[]; moveTo(point: number[]): void; work(): Work };
  }
}

window.steepest = {
  point: () => [...state.at.value],
  moveTo: (point) => {
    if (point.length === state.at.value.length) state.moveTo(point.map(Number));
  },
  work: () => ({ ...work }),
};

watchTheme();
copyAllDigits();
answerMessages();
const data = readData();
inLab.value = data.lab === true;
offered.value = (inLab.value && data.exercises) || [];
if (data.surface) beginSurface(data.surface);
else if (inLab.value) followAddress(data);
else begin(data);
effect(() => {
  document.title = `${state.studied.value.text} – steepest`;
});
render(data.surface ? <SurfacePage /> : <Page />, document.getElementById("page")!);
