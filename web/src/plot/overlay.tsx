/** A picture of a part of the plane, laid over the landscape; it moves with the view. */

import { effect } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Bounds } from "../local/plane";
import { screen } from "./screen";

export interface Laid { readonly picture: HTMLCanvasElement; readonly part: Bounds }

export function Overlay({ of, kind }: { of: ReadonlySignal<Laid | null>; kind: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const on = of.value !== null;
  useEffect(() => {
    if (!on) return;
    return effect(() => {
      if (canvas.current && of.value) paintOver(canvas.current, of.value);
    });
  }, [on]);
  return on ? <canvas ref={canvas} class={kind} aria-hidden="true" /> : null;
}

/** Draw the picture where its part of the plane is on the screen now. */
function paintOver(target: HTMLCanvasElement, { picture, part }: Laid): void {
  const { x, y, width, height } = screen.value;
  const scale = Math.min(2, devicePixelRatio || 1);
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (target.width !== w || target.height !== h) [target.width, target.height] = [w, h];
  const context = target.getContext("2d")!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  const { x0, x1, y0, y1 } = part;
  context.drawImage(picture, x(x0), y(y1), x(x1) - x(x0), y(y0) - y(y1));
}
