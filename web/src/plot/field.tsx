/** The gradient everywhere, on request. */

import * as state from "../state";
import { typicalSlope } from "./marks";
import { screen } from "./screen";

/** Small arrows along the gradient on a grid; thicker where f is steeper. */
export function GradientField() {
  const { width, height, fromX, fromY } = screen.value;
  const { f, axes, through } = state.plane.value;
  const apart = 44;
  const xs: number[] = [];
  const ys: number[] = [];
  for (let px = (width % apart) / 2 + apart / 2; px < width; px += apart) {
    for (let py = (height % apart) / 2 + apart / 2; py < height; py += apart) {
      xs.push(px);
      ys.push(py);
    }
  }
  const columns = through.map((fixed) => new Float64Array(xs.length).fill(fixed));
  columns[axes[0]] = Float64Array.from(xs, fromX);
  columns[axes[1]] = Float64Array.from(ys, fromY);
  const out = f.all(columns);
  const [gx, gy] = [out[1 + axes[0]]!, out[1 + axes[1]]!];
  const typical = typicalSlope.value;
  return (
    <g class="field">
      {xs.map((px, k) => {
        const size = Math.hypot(gx[k]!, gy[k]!);
        if (!Number.isFinite(size) || !size) return null;
        const long = 8 + (22 * size) / (size + typical);
        const [dx, dy] = [(long * gx[k]!) / size, (-long * gy[k]!) / size];
        const [ex, ey] = [px + dx / 2, ys[k]! + dy / 2];
        const [ux, uy] = [dx / long, dy / long];
        return (
          <path
            key={k}
            d={`M${(px - dx / 2).toFixed(1)} ${(ys[k]! - dy / 2).toFixed(1)}L${ex.toFixed(1)} ${ey.toFixed(1)}m${(-5 * ux - 3 * uy).toFixed(1)} ${(-5 * uy + 3 * ux).toFixed(1)}L${ex.toFixed(1)} ${ey.toFixed(1)}l${(-5 * ux + 3 * uy).toFixed(1)} ${(-5 * uy - 3 * ux).toFixed(1)}`}
          />
        );
      })}
    </g>
  );
}
