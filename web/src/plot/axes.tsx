/** The axes around a plot: hairline ticks, numbers, and the variables' names. */

import { Tex } from "../tex";
import { variableLatex } from "../graph/typeset";
import { tickLabels, ticks } from "./view";
import type { Bounds } from "../local/plane";

interface Props {
  readonly bounds: Bounds;
  readonly width: number;
  readonly height: number;
}

/** Ticks and numbers; drawn in the plot's own coordinates, outside its edges. */
export function Ticks({ bounds, width, height }: Props) {
  const xs = ticks(bounds.x0, bounds.x1, width / 70);
  const ys = ticks(bounds.y0, bounds.y1, height / 70);
  const px = (x: number) => ((x - bounds.x0) / (bounds.x1 - bounds.x0)) * width;
  const py = (y: number) => ((bounds.y1 - y) / (bounds.y1 - bounds.y0)) * height;
  const names = [tickLabels(xs), tickLabels(ys)] as const;
  return (
    <g class="ticks" aria-hidden="true">
      {xs.map((x, k) => (
        <g key={`x${k}`} transform={`translate(${px(x)} ${height})`}>
          <path d="M0 0v5" />
          {px(x) < width - 34 && <text y="9" text-anchor="middle" dominant-baseline="hanging">{names[0][k]}</text>}
        </g>
      ))}
      {ys.map((y, k) => (
        <g key={`y${k}`} transform={`translate(0 ${py(y)})`}>
          <path d="M0 0h-5" />
          {py(y) > 22 && <text x="-9" text-anchor="end" dominant-baseline="central">{names[1][k]}</text>}
        </g>
      ))}
      <rect class="frame" width={width} height={height} />
    </g>
  );
}

export const AxisName = ({ name, side, tex }: { name: string; side: "x" | "y"; tex?: string }) => (
  <div class={`axis-name ${side}`}>
    <Tex tex={tex ?? variableLatex(name)} />
  </div>
);
