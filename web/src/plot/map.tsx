/** The map: the painted landscape below, marks in SVG above, and the point one holds. */

import { computed, effect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { laidOwnBasins } from "../cards/basins";
import { laidBasins } from "../lab/basins";
import { resetView } from "../opening";
import * as state from "../state";
import { palette } from "../theme";
import { degrees, short } from "../words";
import { Arrow } from "./arrow";
import { AxisName, Ticks } from "./axes";
import { knob, pointKey, pointerDown, pointerMove, pointerUp, touchStart, turnKey, wheel } from "./gestures";
import { paint } from "./landscape";
import { GradientField } from "./field";
import { CriticalPoints, GradientArrow, LevelCurve, Tangent, UnitBall, WayDown } from "./marks";
import { Overlay } from "./overlay";
import { pointOnScreen } from "./screen";
import { zoomed } from "./view";
import { StepMark, Trajectories } from "./walks";
import { Curve, curvePointY } from "./curve";
import { work } from "../work";

/** Paints whenever the view, the formula or the theme changes, at most once a frame. */
function paintOn(canvas: HTMLCanvasElement): () => void {
  let pending = 0;
  let image: ImageData | null = null;
  const context = canvas.getContext("2d", { alpha: false })!;
  const draw = () => {
    pending = 0;
    if (state.isCurve.peek()) return;
    const { width, height } = state.size.peek();
    const scale = state.moving.peek() ? 0.75 : Math.min(2, devicePixelRatio || 1);
    const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    if (image?.width !== w || image.height !== h) {
      [canvas.width, canvas.height] = [w, h];
      image = context.createImageData(w, h);
    }
    work.paintings++;
    paint(image, state.samples.peek(), state.levels.peek(), palette.peek());
    context.putImageData(image, 0, 0);
  };
  const stop = effect(() => {
    if (!state.isCurve.value) {
      state.samples.value;
      state.levels.value;
      state.moving.value;
    }
    palette.value;
    pending ||= requestAnimationFrame(draw);
  });
  return () => {
    stop();
    cancelAnimationFrame(pending);
  };
}

interface Props {
  /** What lies on the map of a plane, and on the graph over a line; by default a formula's marks. */
  readonly marks?: ComponentChildren;
  readonly lineMarks?: ComponentChildren;
}

export function MapView({ marks = <PlaneMarks />, lineMarks }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const plot = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  useEffect(() => paintOn(canvas.current!), []);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      if (width > 0 && height > 0) state.size.value = { width, height };
    });
    watch.observe(plot.current!);
    const surface = svg.current!;
    surface.addEventListener("wheel", wheel, { passive: false });
    surface.addEventListener("touchstart", touchStart, { passive: false });
    return () => {
      watch.disconnect();
      surface.removeEventListener("wheel", wheel);
      surface.removeEventListener("touchstart", touchStart);
    };
  }, []);
  const { width, height } = state.size.value;
  const { variables, signature } = state.studied.value;
  const curve = state.isCurve.value;
  const [i, j] = state.axes.value;
  return (
    <figure class="map" aria-label={`Map of ${curve ? "the curve" : "the landscape"}`}>
      <AxisName side="x" name={variables[i]!} />
      {curve ? <AxisName side="y" name="" tex={state.logarithmic.value ? "\\log_{10} f" : signature} /> : <AxisName side="y" name={variables[j]!} />}
      <div class="plot" ref={plot} style={{ "--aspect": String(width / height) }}>
        <canvas ref={canvas} aria-hidden="true" hidden={curve} />
        <Overlay of={laidBasins} kind="basin-layer" />
        <Overlay of={laidOwnBasins} kind="basin-layer" />
        <svg
          ref={svg} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" class="marks"
          onPointerDown={pointerDown} onPointerMove={pointerMove}
          onPointerUp={pointerUp} onPointerCancel={pointerUp}
        >
          {curve ? (
            <Curve marks={lineMarks} />
          ) : (
            <>
              <Ticks bounds={state.bounds.value} width={width} height={height} />
              <clipPath id="inside"><rect width={width} height={height} /></clipPath>
              <g clip-path="url(#inside)">{marks}</g>
            </>
          )}
        </svg>
      </div>
    </figure>
  );
}

function PlaneMarks() {
  const card = state.openCard.value;
  return (
    <>
      {state.showField.value && <GradientField />}
      <LevelCurve />
      {card === "walk" && <Trajectories />}
      {card === "walk" && <StepMark />}
      {card === "landscape" && <CriticalPoints />}
      {card === "landscape" && <WayDown />}
      {(card === "here" || card === "why") && <Tangent />}
      {card === "turn" && <UnitBall />}
      {(card === "here" || card === "why" || card === "practice" || (card === "turn" && state.norm.value.name === "l2")) && <GradientArrow />}
      {card === "turn" && <Knob />}
      <HeldPoint />
    </>
  );
}

const knobShaft = computed(() => {
  const [x, y] = pointOnScreen.value;
  const [kx, ky] = knob();
  return { x, y, dx: kx - x, dy: ky - y };
});
const knobX = computed(() => knob()[0]);
const knobY = computed(() => knob()[1]);
const letterX = computed(() => knobX.value + 20 * Math.cos(state.angle.value));
const letterY = computed(() => knobY.value - 20 * Math.sin(state.angle.value));

/** The direction u with the knob that turns it. */
function Knob() {
  const turned = state.angle.value;
  return (
    <g
      class="handle" data-handle="knob" tabindex={0} role="slider" onKeyDown={turnKey}
      aria-label="Direction u; arrow keys turn it" aria-valuemin={-180} aria-valuemax={180}
      aria-valuenow={Math.round((turned * 180) / Math.PI)} aria-valuetext={`${degrees(turned)} from the horizontal axis`}
    >
      <Arrow of={knobShaft} kind="direction" />
      <circle class="grip" cx={knobX} cy={knobY} r="22" />
      <circle class="ring" cx={knobX} cy={knobY} r="14" />
      <circle class="knob" cx={knobX} cy={knobY} r="8" />
      <text class="tag direction letter" x={letterX} y={letterY} text-anchor="middle" dominant-baseline="central">u</text>
    </g>
  );
}

const pointX = computed(() => pointOnScreen.value[0]);
const pointY = computed(() => (state.isCurve.value ? curvePointY.value : pointOnScreen.value[1]));
const leftmost = computed(() => state.bounds.value.x0);
const rightmost = computed(() => state.bounds.value.x1);
const across = computed(() => state.at.value[state.axes.value[0]]);
const spoken = computed(() => {
  work.redraws++;
  const { point, value } = state.local.value;
  const names = state.studied.value.variables;
  return `${names.map((n, k) => `${n} = ${short(point[k]!)}`).join(", ")}, f = ${short(value)}`;
});

/** The bright thing on the map: the point one holds. */
export const HeldPoint = () => (
  <g
    class="handle" data-handle="point" tabindex={0} role="slider" onKeyDown={pointKey}
    aria-label="The point; arrow keys move it" aria-valuemin={leftmost} aria-valuemax={rightmost}
    aria-valuenow={across} aria-valuetext={spoken}
  >
    <title>The point: drag it</title>
    <circle class="grip" cx={pointX} cy={pointY} r="22" />
    <circle class="ring" cx={pointX} cy={pointY} r="15" />
    <circle class="point" cx={pointX} cy={pointY} r="7.5" />
  </g>
);

export function Zoom() {
  const by = (factor: number) => () => {
    state.view.value = zoomed(state.view.value, factor);
    state.stir();
  };
  return (
    <div class="zoom" role="group" aria-label="Zoom">
      <button type="button" onClick={by(0.7)} aria-label="Zoom in" title="Zoom in">+</button>
      <button type="button" onClick={by(1 / 0.7)} aria-label="Zoom out" title="Zoom out">−</button>
      <button type="button" class="word" onClick={resetView}>Reset</button>
    </div>
  );
}
