/** Turn: the slope against the direction. Its top stands where the gradient points: the theorem, seen. */

import { dot, length } from "../local/linear";
import type { NormName } from "../local/norms";
import { Chart, linePath } from "../plot/chart";
import * as state from "../state";
import { Num, Tex } from "../tex";
import { degrees, point as shown, short } from "../words";

const NORMS: [name: NormName, title: string, tex: string][] = [
  ["l2", "ℓ2", "\\ell_2"], ["l1", "ℓ1", "\\ell_1"], ["linf", "ℓ∞", "\\ell_\\infty"], ["quadratic", "quadratic", ""],
];

export function Turn() {
  if (!state.hasDirection.value || !length(state.planeGradient.value)) {
    return <p class="lead">{state.kink.value || "There is no gradient to compare with here: move the point."}</p>;
  }
  const g = state.planeGradient.value;
  const u = state.direction.value;
  const slope = dot(g, u);
  const best = state.norm.value.dual(g);
  const apart = Math.acos(Math.min(1, Math.max(-1, slope / (length(g) * length(u)))));
  return (
    <>
      <p class="lead" aria-live="polite">
        Along u = {shown(u, 2)} the slope is <b class="direction"><Num value={slope} /></b>,{" "}
        {Math.abs(slope) < 1e-9 * best
          ? "nothing at all: u follows the level curve."
          : slope > best * (1 - 1e-6)
            ? "and no direction is steeper."
            : `${short((100 * slope) / best, 3)} % of the steepest.`}
      </p>
      <fieldset class="choices">
        <legend>A step's length is measured in the norm</legend>
        {NORMS.map(([name, title, tex]) => (
          <label key={name}>
            <input
              type="radio" name="norm" value={name} checked={state.normName.value === name}
              disabled={name === "quadratic" && !state.quadraticHere.value}
              onChange={() => (state.normName.value = name)} aria-label={`${title} norm`}
            />
            <span class="option">{tex ? <Tex tex={tex} /> : title}</span>
          </label>
        ))}
      </fieldset>
      <SlopeChart />
      <div class="slider">
        <label for="turn-angle">Turn u: <Num value={(state.angle.value * 180) / Math.PI} digits={3} />°</label>
        <input
          id="turn-angle" type="range" min="-180" max="180" step="1"
          value={Math.round((state.angle.value * 180) / Math.PI)}
          onInput={(e) => (state.angle.value = (Number(e.currentTarget.value) * Math.PI) / 180)}
        />
      </div>
      <div class="row-of-buttons">
        <button type="button" onClick={() => (state.angle.value = Math.atan2(...turned(0)))}>Steepest ascent</button>
        <button type="button" onClick={() => (state.angle.value = Math.atan2(-g[0]!, g[1]!))}>Level</button>
        <button type="button" onClick={() => (state.angle.value = Math.atan2(...turned(1)))}>Steepest descent</button>
      </div>
      <p class="note">{state.normName.value === "l2" ? euclidean(apart, slope) : otherNorm(best)}</p>
    </>
  );

  function turned(down: 0 | 1): [number, number] {
    const sign = down ? -1 : 1;
    const steepest = state.norm.value.steepest(g);
    return [sign * steepest[1]!, sign * steepest[0]!];
  }
}

function euclidean(apart: number, slope: number): string {
  return `u and ∇f are ${degrees(apart)} apart, so the slope is ‖∇f‖ cos ${degrees(apart)} = ${short(slope)}: the curve is a cosine, highest at the gradient.`;
}

function otherNorm(best: number): string {
  const g = state.planeGradient.value;
  const norm = state.norm.value;
  const where = shown(norm.steepest(g), 2);
  const own = state.quadraticHere.value;
  const what =
    norm.name === "l1" ? "In ℓ1 only the coordinate with the largest slope moves"
      : norm.name === "linf" ? "In ℓ∞ every coordinate moves as far as it may, by its sign"
        : own?.newton ? "P is the Hessian here, so the steepest direction is Newton's"
          : "P is the Hessian here with its eigenvalues made positive";
  return `${what}: u* = ${where}, where the line of equal slope touches the ball. It rises ${short(best)} per unit of this norm, the dual norm of ∇f. ${norm.ties(g)}`;
}

/** D_u f against the angle of u. */
function SlopeChart() {
  const g = state.planeGradient.value;
  const norm = state.norm.value;
  const slopeAt = (degreesOfU: number) => {
    const a = (degreesOfU * Math.PI) / 180;
    const u = [Math.cos(a), Math.sin(a)];
    return dot(g, u) / norm.size(u);
  };
  const angles = Array.from({ length: 121 }, (_, k) => 3 * k - 180);
  const slopes = angles.map(slopeAt);
  const best = norm.dual(g);
  const steepest = norm.steepest(g);
  const bestAngle = (Math.atan2(steepest[1]!, steepest[0]!) * 180) / Math.PI;
  const gradientAngle = (Math.atan2(g[1]!, g[0]!) * 180) / Math.PI;
  const level = [gradientAngle + 90, gradientAngle - 90].map((a) => (a > 180 ? a - 360 : a < -180 ? a + 360 : a));
  const here = (state.angle.value * 180) / Math.PI;
  const euclid = norm.name === "l2";
  return (
    <Chart
      label={`Slope against the angle of u: highest, ${short(best)}, at ${short(bestAngle, 3)} degrees`}
      title={<>Slope <Tex tex="D_u f" /> against the angle of <Tex tex="u" /></>}
      xRange={[-180, 180]} yRange={[-1.15 * best, 1.3 * best]} height={176}
      xTicks={[-180, -90, 0, 90, 180]} xLabel={(v) => `${String(v).replace("-", "−")}°`}
      onPointer={(x) => (state.angle.value = (x * Math.PI) / 180)}
    >
      {(frame) => (
        <>
          <path class="axis" d={`M0 ${frame.y(0)}H${frame.width}`} />
          <path class="gradient dashed" d={`M${frame.x(bestAngle)} ${frame.y(best)}V${frame.height}`} />
          <path class="direction line" d={linePath(frame, angles, slopes)} />
          {level.map((a) => <rect key={a} class="level fill" x={frame.x(a) - 4} y={frame.y(0) - 4} width="8" height="8" />)}
          <circle class="gradient fill" cx={frame.x(bestAngle)} cy={frame.y(best)} r="5" />
          <text class="gradient" x={Math.min(frame.width - 30, Math.max(30, frame.x(bestAngle)))} y={frame.y(best) - 12} text-anchor="middle">
            {euclid ? `∇f: ${short(best)}` : `u*: ${short(best)}`}
          </text>
          <path class="direction dashed" d={`M${frame.x(here)} 0V${frame.height}`} />
          <circle class="direction fill ringed" cx={frame.x(here)} cy={frame.y(slopeAt(here))} r="6.5" />
        </>
      )}
    </Chart>
  );
}
