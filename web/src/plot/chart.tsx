/** A small chart: lines over a common horizontal axis, with few ticks and much quiet. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { tickLabels, ticks } from "./view";

export interface Frame {
  readonly width: number;
  readonly height: number;
  x(value: number): number;
  y(value: number): number;
}

interface Props {
  readonly label: string;
  readonly xRange: readonly [number, number];
  readonly yRange: readonly [number, number];
  readonly logarithmic?: boolean;
  readonly height?: number;
  readonly xTicks?: readonly number[];
  readonly xLabel?: (value: number) => string;
  readonly title: ComponentChildren;
  readonly children: (frame: Frame) => ComponentChildren;
  readonly onPointer?: (x: number) => void;
}

const WIDTH = 460;
const LEFT = 48;
const BOTTOM = 20;
const TOP = 8;

export function Chart(p: Props) {
  const clip = useId();
  const height = p.height ?? 128;
  const inner = { width: WIDTH - LEFT - 8, height: height - BOTTOM - TOP };
  const up = (v: number) => (p.logarithmic ? Math.log10(v) : v);
  const [y0, y1] = p.yRange.map(up) as [number, number];
  const [x0, x1] = p.xRange;
  const frame: Frame = {
    ...inner,
    x: (v) => ((v - x0) / (x1 - x0 || 1)) * inner.width,
    y: (v) => inner.height - ((up(v) - y0) / (y1 - y0 || 1)) * inner.height,
  };
  const ys = p.logarithmic ? decades(y0, y1) : inside(y0, y1);
  const names = p.logarithmic ? ys.map(power) : tickLabels(ys);
  const xs = p.xTicks ?? ticks(x0, x1, 5).filter(Number.isInteger);
  const drag = (event: PointerEvent) => {
    if (!p.onPointer || !(event.buttons & 1)) return;
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const px = ((event.clientX - box.left) / box.width) * WIDTH - LEFT;
    p.onPointer(x0 + (Math.min(inner.width, Math.max(0, px)) / inner.width) * (x1 - x0));
  };
  return (
    <figure class="chart">
      <figcaption>{p.title}</figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={p.label}
        class={p.onPointer ? "touchable" : ""} onPointerDown={drag} onPointerMove={drag}
      >
        <g transform={`translate(${LEFT} ${TOP})`}>
          {ys.map((v, k) => {
            const y = inner.height - ((v - y0) / (y1 - y0 || 1)) * inner.height;
            return (
              <g key={k}>
                <path class="grid" d={`M0 ${y}H${inner.width}`} />
                <text x="-7" y={y} text-anchor="end" dominant-baseline="central">{names[k]}</text>
              </g>
            );
          })}
          {xs.map((v) => (
            <text key={v} x={frame.x(v)} y={inner.height + 7} text-anchor="middle" dominant-baseline="hanging">
              {p.xLabel ? p.xLabel(v) : v}
            </text>
          ))}
          <clipPath id={clip}><rect x="-8" y={-TOP} width={inner.width + 16} height={inner.height + TOP + 1} /></clipPath>
          <g clip-path={`url(#${clip})`}>{p.children(frame)}</g>
        </g>
      </svg>
    </figure>
  );
}

/** Round numbers between two others: about three, and two at least. */
function inside(lo: number, hi: number): number[] {
  const found = [3, 5].map((n) => ticks(lo, hi, n).filter((v) => v >= lo && v <= hi));
  return found[0]!.length > 1 ? found[0]! : found[1]!;
}

/** Whole powers of ten between two exponents, at most four. */
function decades(lo: number, hi: number): number[] {
  const first = Math.ceil(lo);
  const last = Math.floor(hi);
  const stride = Math.max(1, Math.ceil((last - first + 1) / 4));
  const found: number[] = [];
  for (let k = first; k <= last; k += stride) found.push(k);
  return found;
}

const power = (k: number): string =>
  k >= -2 && k <= 4 ? String(10 ** k) : `1e${String(k).replace("-", "−")}`;

const UNSEEN = 0.4; // pixels

/**
 * A line through points whose xs rise; gaps where a value is not finite. Of the points that share
 * a pixel across, the first, the lowest, the highest and the last are drawn.
 */
export function linePath(frame: Frame, xs: ArrayLike<number>, ys: ArrayLike<number>): string {
  const most = frame.height + 40;
  let d = "";
  let column = NaN;
  let [first, low, high, last] = [0, 0, 0, 0];
  const finish = () => {
    if (Number.isNaN(column)) return;
    if (low < first - UNSEEN) d += `V${low}`;
    if (high > first + UNSEEN) d += `V${high}`;
    if (high - low > UNSEEN && last !== high) d += `V${last}`;
  };
  for (let k = 0; k < ys.length; k++) {
    const exact = frame.y(ys[k]!);
    if (!Number.isFinite(exact)) {
      finish();
      column = NaN;
      continue;
    }
    const y = Math.round(10 * Math.min(most, Math.max(-40, exact))) / 10;
    const x = frame.x(xs[k]!);
    if (Math.round(x) === column) {
      if (y < low) low = y;
      if (y > high) high = y;
      last = y;
      continue;
    }
    finish();
    d += `${Number.isNaN(column) ? "M" : "L"}${Math.round(10 * x) / 10} ${y}`;
    column = Math.round(x);
    first = low = high = last = y;
  }
  finish();
  return d;
}
