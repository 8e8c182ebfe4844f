/** Arrows, whose geometry follows a signal: moving one renders nothing anew. */

import { useComputed } from "@preact/signals";
import type { ReadonlySignal } from "@preact/signals";
import { size } from "../state";

/** Where an arrow starts and how far it goes, in pixels; y counts downward. */
export interface Shaft {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
  /** Something else stands that far along: the name keeps clear of it. */
  readonly taken?: number;
}

interface Props {
  readonly of: ReadonlySignal<Shaft>;
  readonly kind: string;
  /** Stands at the head. */
  readonly name?: string;
  readonly dashed?: boolean;
}

export function Arrow({ of, kind, name = "", dashed = false }: Props) {
  const parts = useComputed(() => outline(of.value, name.length));
  return (
    <g class={`arrow ${kind}`} data-dx={useComputed(() => of.value.dx)} data-dy={useComputed(() => of.value.dy)}>
      <path class="halo" d={useComputed(() => parts.value.halo)} />
      <path class={dashed ? "shaft dashed" : "shaft"} d={useComputed(() => parts.value.shaft)} />
      <path class="head" d={useComputed(() => parts.value.head)} />
      {name && (
        <text
          class="tag" x={useComputed(() => parts.value.x)} y={useComputed(() => parts.value.y)}
          text-anchor="middle" dominant-baseline="central"
        >
          <Letters name={name} />
        </text>
      )}
    </g>
  );
}

const HEAD = { long: 12, side: 4.6 };
const tenth = (v: number): number => Math.round(10 * v) / 10;

function outline(of: Shaft, letters: number) {
  const { x, y, dx, dy } = of;
  const long = Math.hypot(dx, dy);
  const [ux, uy] = [dx / long, dy / long];
  const [ex, ey] = [x + dx, y + dy];
  const [bx, by] = [ex - HEAD.long * ux, ey - HEAD.long * uy];
  const { side } = HEAD;
  const start = `M${tenth(x)} ${tenth(y)}`;
  return {
    halo: `${start}L${tenth(ex)} ${tenth(ey)}`,
    shaft: `${start}L${tenth(bx)} ${tenth(by)}`,
    head: `M${tenth(ex)} ${tenth(ey)}L${tenth(bx - side * uy)} ${tenth(by + side * ux)}L${tenth(bx + side * uy)} ${tenth(by - side * ux)}Z`,
    ...beside(of, letters),
  };
}

const BEYOND = 16; // pixels from the head to a name
const ROOM = 20; // pixels that a name needs on each side

/**
 * Where a name stands: beyond the arrow's head, or next to it at the map's edge. The name of an
 * arrow that starts outside the map stays out there with it.
 */
function beside({ x, y, dx, dy, taken = 0 }: Shaft, letters: number): { x: number; y: number } {
  const { width, height } = size.value;
  const long = Math.hypot(dx, dy);
  const [ux, uy] = [dx / long, dy / long];
  const past = long + BEYOND - taken;
  const gap = BEYOND + (Math.abs(past) < ROOM ? ROOM - past : 0);
  const [ex, ey] = [x + dx, y + dy];
  const ahead = { x: tenth(ex + (gap + 3 * letters) * ux), y: tenth(ey + gap * uy) };
  const inside = ahead.x > 16 && ahead.x < width - 16 && ahead.y > 14 && ahead.y < height - 14;
  const startsOutside = x < 0 || x > width || y < 0 || y > height;
  if (inside || startsOutside) return ahead;
  const side = ex > width / 2 ? -1 : 1;
  if (Math.abs(uy) > Math.abs(ux)) return { x: tenth(ex + 22 * side), y: Math.min(height - 14, Math.max(14, tenth(ey))) };
  // Above the head, or at the top edge below it and clear of the shaft.
  const below = ey < 32;
  const across = below ? ex + 12 * Math.sign(ux) : ex;
  return { x: Math.min(width - 20, Math.max(20, tenth(across))), y: Math.max(14, tenth(below ? ey + 18 : ey - 18)) };
}

/** Letters lean, signs do not. */
const Letters = ({ name }: { name: string }) => (
  <>
    {[...name].map((c, k) => (
      <tspan key={k} class={/[a-z]/.test(c) ? "letter" : ""}>{c}</tspan>
    ))}
  </>
);
