/** The page about a loss surface: its title above, the map to the left, cards to the right. */

import { batch } from "@preact/signals";
import { Card } from "../cards/card";
import { Surface } from "../cards/surface";
import { ThemeSwitch } from "../header";
import { setHome } from "../opening";
import { MapView, Zoom } from "../plot/map";
import * as state from "../state";
import { Tex } from "../tex";
import { About } from "./about";
import { Hover, follow, leave } from "./hover";
import { Legend } from "./legend";
import { LineMarks, PlaneMarks } from "./marks";
import { Place } from "./place";
import { Run } from "./run";
import { sampled } from "./sampled";
import type { SurfaceData } from "./sampled";

/** Show a surface that Python wrote into the page. */
export function beginSurface(data: SurfaceData): void {
  const f = sampled(data);
  const { x0, x1, y0, y1 } = f.window;
  const inside = data.points.find(({ at }) => Number.isFinite(f.value(at)));
  const start = inside?.at ?? data.lowest?.at ?? [(x0 + x1) / 2, (y0 + y1) / 2];
  const steps = f.run.points.length;
  batch(() => {
    state.sampled.value = f;
    state.axes.value = f.dim === 1 ? [0, 0] : [0, 1];
    state.moveTo(start.slice(0, f.dim));
    setHome({ cx: (x0 + x1) / 2, cy: (y0 + y1) / 2, half: Math.max(x1 - x0, y1 - y0) / 2 });
    state.walks.value = steps ? [{ id: 0, rule: "fixed", stepSize: NaN }] : [];
    state.stepAsked.value = steps - 1;
    state.openCard.value = steps ? "walk" : "here";
  });
}

export function SurfacePage() {
  const f = state.sampled.value!;
  const { title, names } = f.data;
  return (
    <div class="page surface-page">
      <header class="header">
        <h1 class={title.length > 90 ? "small" : undefined}>{title[0]!.toUpperCase() + title.slice(1)}</h1>
        <ThemeSwitch />
        <p class="axes-words">
          {names.map((name, k) => (
            <span key={k}><Tex tex={k ? "\\beta" : "\\alpha"} />: {name}</span>
          ))}
        </p>
      </header>
      <main class="columns">
        <div class="left">
          <div class="hovered" onPointerMove={follow} onPointerLeave={leave}>
            <MapView marks={<PlaneMarks />} lineMarks={<LineMarks />} />
            <Hover />
          </div>
          <div class="below"><Zoom /><Legend /></div>
        </div>
        <div class="cards">
          <Card name="here" title="Here" question="How high is the loss at the point?"><Place /></Card>
          {f.run.points.length > 0 && (
            <Card name="walk" title="Run" question="What does the slice show of the training?"><Run /></Card>
          )}
          {f.dim === 2 && (
            <Card name="landscape" title="In space" question="What does the whole look like?">
              <Surface caption="The same point, level curve and run on the surface. Drag to turn it. Heights follow the colours of the map." />
            </Card>
          )}
          <Card name="why" title="Slice" question="What am I looking at?"><About /></Card>
        </div>
      </main>
    </div>
  );
}
