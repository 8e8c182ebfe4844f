/** What every colour on a surface's map means, and the scale of the loss. */

import { Hatch, Item, Ramp } from "../legend";
import { Marker } from "../plot/walks";
import * as state from "../state";
import { walkColour, walkDash } from "../theme";
import { short } from "../words";
import { spots } from "./marks";

export function Legend() {
  const f = state.sampled.value!;
  const curve = f.dim === 1;
  const known = f.samples.values.filter(Number.isFinite);
  const holes = known.length < f.samples.values.length;
  return (
    <ul class="legend">
      {!curve && <Ramp exact />}
      {!curve && <Clipped known={known} />}
      {holes && (
        <Item swatch={<Hatch />}>{f.data.missing ? "not finite, or not computed yet" : "the loss is not finite"}</Item>
      )}
      <Item swatch={<circle class="point" cx="15" cy="7" r="6" />}>the point: drag it</Item>
      {curve && <Item swatch={<path class="graph-line" d="M1 7H29" />}>the loss on the line</Item>}
      {!curve && state.levelCurves.value.length > 0 && (
        <Item swatch={<path class="level-line" d="M1 7H29" />}>the same loss as at the point</Item>
      )}
      {f.run.points.length > 0 && (
        <Item swatch={
          <g class="walk active" style={{ color: walkColour(0) }}>
            <path class="line" d="M1 7H29" stroke-dasharray={walkDash(0)} /><Marker shape={0} x={15} y={7} />
          </g>}>
          the run, as the slice shows it
        </Item>
      )}
      {f.run.points.length > 0 && (
        <Item swatch={<circle class="step-mark" style={{ color: walkColour(0) }} cx="15" cy="7" r="6" />}>where the run is looked at</Item>
      )}
      {spots.value.length > 0 && <Item swatch={<circle class="spot" cx="15" cy="7" r="5" />}>places with a name</Item>}
      <li class="toggle"><Logarithm known={known} /></li>
    </ul>
  );
}

/** Where the outermost colours stand for more than their band. */
function Clipped({ known }: { known: Float64Array }) {
  const levels = state.levels.value;
  if (levels.length < 2) return null;
  let [low, high] = [Infinity, -Infinity];
  for (const v of known) [low, high] = [Math.min(low, v), Math.max(high, v)];
  const room = 1e-9 * (levels.at(-1)! - levels[0]!);
  const above = high > levels.at(-1)! + room;
  const below = low < levels[0]! - room;
  if (!above && !below) return null;
  const words = [below && `lowest colour: down to ${short(low, 3)}`, above && `highest colour: up to ${short(high, 3)}`];
  return <li><span>{words.filter(Boolean).join("; ")}</span></li>;
}

function Logarithm({ known }: { known: Float64Array }) {
  const can = known.length > 0 && known.every((v) => v > 0);
  return (
    <label title={can ? undefined : "Only a loss above zero everywhere has one"}>
      <input
        type="checkbox" checked={state.logarithmic.value} disabled={!can}
        onChange={(e) => (state.logarithmic.value = e.currentTarget.checked)}
      />
      logarithmic scale of the loss{can ? "" : ": not for a loss of zero or less"}
    </label>
  );
}
