/** Here: the loss at the point, and from which samples it is known. */

import { computed } from "@preact/signals";
import { Coordinates } from "../cards/here";
import { length } from "../local/linear";
import * as state from "../state";
import { Live, Num } from "../tex";
import { point as shown, short } from "../words";
import { spots } from "./marks";

const value = computed(() => state.local.value.value);
const around = computed(() => state.sampled.value!.around(state.at.value));
const low = computed(() => Math.min(...around.value));
const high = computed(() => Math.max(...around.value));
const away = computed(() => state.sampled.value!.data.unit * length(state.at.value));

const words = computed(() => {
  const near = around.value;
  if (!near.length) return "Nothing was computed out here: drag the point back into the window.";
  const { missing } = state.sampled.value!.data;
  if (Number.isNaN(value.value)) {
    const why = missing ? "is not finite or not computed yet" : "is not finite";
    return near.length === 1 ? `The loss ${why} here.` : `The loss ${why} at a sample beside this place.`;
  }
  const told = `The loss is ${short(value.value)} here`;
  return near.length === 1 ? `${told}: a sample, computed.` : `${told}, interpolated between ${near.length === 2 ? "two" : "four"} samples.`;
});
const isBetween = computed(() => around.value.length > 1 && !Number.isNaN(value.value));

export function Place() {
  const f = state.sampled.value!;
  const origin = f.data.points.find(({ at }) => at.every((c) => c === 0))?.label ?? "the origin";
  const { lowest } = f.data;
  return (
    <>
      <p class="lead" aria-live="polite">{words}</p>
      <Coordinates />
      <dl class="facts" id="facts-here">
        <dt>Loss</dt><dd><Live value={value} /></dd>
        {isBetween.value && (
          <>
            <dt>Samples around</dt><dd><Live value={low} /> to <Live value={high} /></dd>
          </>
        )}
        <dt>Distance of the parameters from {origin}</dt><dd><Live value={away} /></dd>
      </dl>
      <table class="critical-list places">
        <thead><tr><th scope="col">Place</th><th scope="col">At</th><th scope="col">Loss</th></tr></thead>
        <tbody>
          {lowest && <Row label="lowest sample" at={lowest.at} />}
          {spots.value.map(({ label, at }, k) => <Row key={k} label={label} at={at} />)}
        </tbody>
      </table>
    </>
  );
}

function Row({ label, at }: { label: string; at: readonly number[] }) {
  return (
    <tr>
      <td>{label}</td>
      <td>
        <button type="button" class="plain" onClick={() => state.moveTo(at)} title="Move the point there">
          {at.length === 1 ? short(at[0]!) : shown(at)}
        </button>
      </td>
      <td><Num value={state.sampled.value!.value(at)} /></td>
    </tr>
  );
}
