/** The surface in space, turned by dragging or with the arrow keys. */

import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { sample } from "../local/levels";
import type { Samples } from "../local/levels";
import type { Sampled } from "../sampled/sampled";
import type { Bounds } from "../local/plane";
import { drawLifted, drawSurface, projection, relief } from "../plot/surface";
import type { Pose, Projection } from "../plot/surface";
import * as state from "../state";
import { work } from "../work";
import { palette, styles, theme, walkColour } from "../theme";

const pose = signal<Pose>({ turn: -0.5, tilt: 0.6 });
const CELLS = 64;

const turn = (by: number, tilt: number) => {
  const { turn, tilt: before } = pose.value;
  pose.value = { turn: turn + by, tilt: Math.min(1.45, Math.max(0.12, before + tilt)) };
};

/** The part of the map that is a square around its centre; a surface's own window, as it is. */
function square(): Bounds {
  const own = state.sampled.value?.window;
  if (own) return own;
  const { cx, cy, half } = state.view.value;
  return { x0: cx - half, x1: cx + half, y0: cy - half, y1: cy + half };
}

const SHOWN = 60; // steps of a descent on the surface
const FINEST = 128; // cells a side: where a surface has more samples, not every one is drawn

/** A surface's own samples, or as many as can be drawn. */
function samplesOf({ samples }: Sampled, { x0, x1, y0, y1 }: Bounds): Samples {
  const counts = [samples.x, samples.y].map((side) => Math.min(side.length, FINEST + 1)) as [number, number];
  if (counts[0] === samples.x.length && counts[1] === samples.y.length) return samples;
  return sample(state.plane.peek(), { x0, x1, y0, y1 }, ...counts);
}

/** A path with more points, so that it lies on the surface also between the steps. */
function draped(path: number[][], { x0, x1 }: Bounds): number[] {
  const longest = (x1 - x0) / 60;
  return path.flatMap((p, k) => {
    const q = path[k + 1];
    if (!q) return p;
    const parts = Math.min(60, Math.max(1, Math.ceil(Math.hypot(q[0]! - p[0]!, q[1]! - p[1]!) / longest)));
    return Array.from({ length: parts }, (_, n) => [p[0]! + ((q[0]! - p[0]!) * n) / parts, p[1]! + ((q[1]! - p[1]!) * n) / parts]).flat();
  });
}

/** Draws on the canvas whenever something changes, at most once a frame; returns how to stop. */
function drawOn(canvas: HTMLCanvasElement): () => void {
  const ground = document.createElement("canvas");
  let drawn: unknown[] = [];
  let samples: Samples | null = null;
  let project: Projection | null = null;
  let sampled: unknown[] = [];
  let [width, height, pending] = [0, 0, 0];
  const draw = () => {
    pending = 0;
    if (!width || !height) return;
    const scale = Math.min(2, devicePixelRatio || 1);
    const bounds = square();
    const [plane, levels, colours, turned] = [state.plane.peek(), state.levels.peek(), palette.peek(), pose.peek()];
    const own = state.sampled.peek();
    if (differs(sampled, (sampled = [plane, own ?? state.view.peek()]))) {
      samples = own ? samplesOf(own, bounds) : sample(plane, bounds, CELLS, CELLS);
    }
    // The surface is drawn once; only what lies on it changes while the point is dragged.
    const rise = relief(levels);
    if (differs(drawn, (drawn = [samples, levels, colours, turned, width, height]))) {
      [ground.width, ground.height] = [Math.round(width * scale), Math.round(height * scale)];
      work.surfaces++;
      project = projection(width, height, bounds, turned, samples!, rise);
      const context = ground.getContext("2d")!;
      context.scale(scale, scale);
      drawSurface(context, samples!, levels, project, turned, colours);
    }
    [canvas.width, canvas.height] = [ground.width, ground.height];
    const context = canvas.getContext("2d")!;
    context.drawImage(ground, 0, 0);
    context.scale(scale, scale);
    const [i, j] = plane.axes;
    const through = [...plane.through];
    const heightAt = (x: number, y: number) => {
      [through[i], through[j]] = [x, y];
      return rise(plane.f.value(through));
    };
    const here = state.at.peek();
    const descents = state.trajectories.peek().map((t, k) => {
      const id = state.walks.peek()[k]!.id;
      const path = (own ? t.points : t.points.slice(0, SHOWN)).map((p) => [p[i]!, p[j]!]);
      return { curve: draped(path, bounds), colour: walkColour(id), width: 2, dash: styles[id % 4]!.dash as number[] };
    });
    const level = state.levelCurves.peek().map((curve) => ({ curve, colour: theme.peek().level, width: 2 }));
    const step = own?.run.points[state.stepShown.peek()] as [number, number] | undefined;
    const ring = step && { at: step, colour: walkColour(0) };
    drawLifted(context, bounds, project!, heightAt, { curves: [...level, ...descents], point: [here[i]!, here[j]!], ring }, colours);
  };
  const again = () => (pending ||= requestAnimationFrame(draw));
  const watch = new ResizeObserver(([entry]) => {
    ({ width, height } = entry!.contentRect);
    again();
  });
  watch.observe(canvas);
  const stop = effect(() => {
    // Read, so that any change of them draws again.
    void [state.levels.value, state.levelCurves.value, state.trajectories.value, state.stepShown.value, palette.value, pose.value];
    again();
  });
  return () => {
    stop();
    watch.disconnect();
    cancelAnimationFrame(pending);
  };
}

const differs = (before: unknown[], now: unknown[]): boolean => now.some((v, k) => v !== before[k]);

const CAPTION = "The same point, level curve and descent on the surface. Drag to turn it. Heights follow the colours of the map.";

export function Surface({ caption = CAPTION }: { caption?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => drawOn(canvas.current!), []);
  let last: { x: number; y: number } | null = null;
  const down = (e: PointerEvent) => {
    last = { x: e.clientX, y: e.clientY };
    (e.currentTarget as Element).setPointerCapture(e.pointerId);
  };
  const move = (e: PointerEvent) => {
    if (!last || !(e.buttons & 1)) return;
    turn((e.clientX - last.x) * 0.009, (e.clientY - last.y) * 0.006);
    last = { x: e.clientX, y: e.clientY };
  };
  const key = (e: KeyboardEvent) => {
    const way = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.06], ArrowDown: [0, 0.06] }[e.key];
    if (!way) return;
    turn(way[0]!, way[1]!);
    e.preventDefault();
  };
  const degrees = Math.round((((pose.value.turn * 180) / Math.PI) % 360 + 360) % 360);
  return (
    <figure class="surface">
      <canvas
        ref={canvas} tabindex={0} role="slider" aria-label="The surface in space; arrow keys turn it"
        aria-valuemin={0} aria-valuemax={360} aria-valuenow={degrees} aria-valuetext={`turned by ${degrees} degrees`}
        onPointerDown={down} onPointerMove={move} onPointerUp={() => (last = null)} onKeyDown={key}
      />
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
