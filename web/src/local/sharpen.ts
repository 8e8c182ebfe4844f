/** Crossings of a level, sharpened with f itself. */

import type { Plane } from "./plane";

const ROUNDS = 40;
const JUMP = 0.2; // a crossing this far off, against its two ends, is a jump of f

/**
 * Where f passes the level between places a and b, by false position (Illinois) on all at once.
 * `edges` holds ax, ay, bx, by and f − level there, za and zb, of opposite signs.
 */
export function sharpen(plane: Plane, level: number, edges: number[][]) {
  const [ax, ay, bx, by, za, zb] = edges as [number[], number[], number[], number[], number[], number[]];
  const m = ax.length;
  const [px, py] = [new Float64Array(m), new Float64Array(m)];
  const columns = plane.through.map((at) => new Float64Array(m).fill(at));
  columns[plane.axes[0]] = px;
  columns[plane.axes[1]] = py;
  const t = Float64Array.from(za, (a, k) => a / (a - zb[k]!));
  const [low, high] = [new Float64Array(m), new Float64Array(m).fill(1)];
  const [a, b] = [Float64Array.from(za), Float64Array.from(zb)];
  const side = new Int8Array(m);
  const rest = new Float64Array(m);
  for (let round = 0; round < ROUNDS; round++) {
    for (let k = 0; k < m; k++) {
      px[k] = ax[k]! + t[k]! * (bx[k]! - ax[k]!);
      py[k] = ay[k]! + t[k]! * (by[k]! - ay[k]!);
    }
    const here = plane.f.values(columns);
    let open = 0;
    for (let k = 0; k < m; k++) {
      const off = here[k]! - level;
      rest[k] = Number.isNaN(off) ? Infinity : Math.abs(off);
      if (off === 0 || Number.isNaN(off)) continue;
      if (rest[k]! <= 1e-13 * Math.abs(level)) continue;
      if (off < 0 === za[k]! < 0) {
        [low[k], a[k]] = [t[k]!, off];
        if (side[k] === 1) b[k]! *= 0.5;
        side[k] = 1;
      } else {
        [high[k], b[k]] = [t[k]!, off];
        if (side[k] === -1) a[k]! *= 0.5;
        side[k] = -1;
      }
      const next = low[k]! - (a[k]! * (high[k]! - low[k]!)) / (b[k]! - a[k]!);
      if (next > low[k]! && next < high[k]! && next !== t[k]) {
        t[k] = next;
        open++;
      }
    }
    if (!open) break;
  }
  const usable = rest.map((r, k) =>
    r < Infinity && r <= JUMP * Math.min(Math.abs(za[k]!), Math.abs(zb[k]!)) + 1e-13 * Math.abs(level) ? 1 : 0,
  );
  return { x: px, y: py, usable };
}
