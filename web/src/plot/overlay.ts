/** A picture of a part of the plane, laid over the landscape. */

import type { Bounds } from "../local/plane";
import { screen } from "./screen";

/** Draw `picture`, which shows `part` of the plane, where that is on the screen now. */
export function paintOver(target: HTMLCanvasElement, picture: CanvasImageSource, part: Bounds): void {
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
