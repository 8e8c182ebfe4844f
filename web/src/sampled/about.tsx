/** Slice: what the axes are, how densely the loss was sampled, and what lies between samples. */

import * as state from "../state";
import { Tex } from "../tex";
import { count, short } from "../words";
import { LETTERS } from "./sampled";

export function About() {
  const { data, dim, samples } = state.sampled.value!;
  const size = data.grid.map((g) => g.length).join(" × ");
  const apart = new Set(data.grid.map((g) => short((g.at(-1)! - g[0]!) / (g.length - 1), 3)));
  const holes = samples.values.filter(Number.isNaN).length - data.missing;
  return (
    <>
      <dl class="facts axes-facts">
        {data.names.map((name, k) => [
          <dt key={LETTERS[k]}><Tex tex={k ? "\\beta" : "\\alpha"} /></dt>,
          <dd key={name}>{name}, {short(data.grid[k]![0]!)} to {short(data.grid[k]!.at(-1)!)}</dd>,
        ])}
      </dl>
      <p>
        {dim === 2 ? "The axes are at right angles and equally long, so angles and distances in the map are those of the parameters. " : ""}
        {data.unit === 1 ? "Coordinates are Euclidean distances between parameters." : `A coordinate of 1 is a Euclidean distance of ${short(data.unit)} between parameters.`}
      </p>
      <p>
        The loss was computed at {size} points, {[...apart].join(" and ")} apart. Between them it is
        interpolated, {dim === 2 ? "bilinearly in each cell" : "by straight lines"}: level curves, heights and numbers
        there are no finer than the samples.
      </p>
      {holes > 0 && <p>At {count(holes, "point")} the loss was not finite; what lies beside them is left open.</p>}
      {data.missing > 0 && <p>{count(data.missing, "point")} {data.missing === 1 ? "is" : "are"} not computed yet.</p>}
    </>
  );
}
