/** The computational graph: values computed downward, adjoints flowing back up, step by step. */

import { computed, signal, useComputed } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { variableName } from "../graph/label";
import { backward, blockSlopes, blocksOf, graphOf } from "../local/backward";
import { layOut } from "../plot/dag";
import type { Link } from "../plot/dag";
import * as state from "../state";
import { count, short } from "../words";

const MOST_BOXES = 24; // operations that are drawn one by one
const FOLDED = 12; // about as many boxes are made of a larger graph
const WIDE = 560; // pixels: a picture wider than that is scrolled
const LETTER = 7; // pixels of a letter
const LINE = 17;
const HEIGHT = 3 * LINE + 10;
const NUMBER = 10; // letters that a number may have
/** Wide enough for the title and for the adjoint below it. */
const widthOf = ({ title, name }: Pick<Unit, "title" | "name">): number =>
  Math.max(LETTER * title.length + 18, 6.3 * ("∂f/∂ = ".length + name.length + NUMBER) + 10);

/** One box: a variable, an operation, or several operations that are used together. */
interface Unit {
  /** The node whose value and adjoint it shows. */
  readonly node: number;
  readonly op: string;
  readonly name: string;
  readonly title: string;
  /** Other units, by their place in the list. */
  readonly inputs: readonly number[];
}

const unfolded = signal(false);
const step = signal(Infinity);

const graph = computed(() => graphOf(state.formula.value));
const operations = computed(() => graph.value.nodes.filter((n) => n.inputs.length).length);
const isLarge = computed(() => operations.value > MOST_BOXES);
const blocks = computed(() => blocksOf(graph.value, isLarge.value && !unfolded.value ? FOLDED : Infinity));

const units = computed<Unit[]>(() => {
  const { nodes, output } = graph.value;
  const inside = new Map(blocks.value.map((b) => [b.output, b]));
  const shown = nodes.flatMap((n, k) => (n.op === "var" || inside.has(k) ? [k] : []));
  const place = new Map(shown.map((k, n) => [k, n]));
  return shown.map((k) => {
    const [node, block] = [nodes[k]!, inside.get(k)];
    const name = k === output ? "f" : node.name;
    const many = block ? block.members.length : 0;
    const title = !block ? name : many > 1 ? `${name}: ${many} operations` : `${name} = ${node.label}`;
    return { node: k, op: node.op, name, title, inputs: block ? block.inputs.map((i) => place.get(i)!) : [] };
  });
});

const links = computed<Link[]>(() => units.value.flatMap(({ inputs }, to) => inputs.map((from) => ({ from, to }))));
const layout = computed(() =>
  layOut(units.value.map((unit) => ({ width: widthOf(unit), height: HEIGHT })), links.value, WIDE),
);

/** The numbers at the point, a few times a second while it moves: values, slopes, adjoints of units. */
const sweep = computed(() => {
  const now = graph.value.at(state.localNowAndThen.value.point);
  const inside = new Map(blocks.value.map((b) => [b.output, b]));
  const slopes = units.value.map(({ node }) => (inside.has(node) ? blockSlopes(graph.value, now, inside.get(node)!) : []));
  const adjoints = backward(units.value, slopes, units.value.findIndex((u) => u.node === graph.value.output));
  return { values: units.value.map((u) => now.values[u.node]!), slopes: slopes.flat(), of: slopes, adjoints };
});

const last = computed(() => 2 * units.value.length);
const at = computed(() => Math.min(step.value, last.value));
/** Which unit the step is about. */
const current = computed(() => {
  const n = units.value.length;
  if (step.value > last.value || at.value === 0) return -1;
  return at.value <= n ? at.value - 1 : 2 * n - at.value;
});
const hasValue = (k: number): boolean => k < at.value;
const hasAdjoint = (k: number): boolean => k >= 2 * units.value.length - at.value;

export function GraphOfFormula() {
  if (!operations.value) return null;
  return (
    <section class="graph-part" aria-label="Computational graph">
      <h3>The same, by the chain rule</h3>
      <p class="note">
        Values are computed from the variables down to f. Then every box is told how much f changes with it: <span class="gradient-word">∂f/∂…</span>{" "}
        flows back up, times the slope on each arrow, and where branches meet it adds up.
      </p>
      <Picture />
      <Steps />
      {isLarge.value && (
        <label class="field">
          <input type="checkbox" checked={unfolded.value} onChange={(e) => { unfolded.value = e.currentTarget.checked; step.value = Infinity; }} />{" "}
          show all {operations.value} operations one by one
        </label>
      )}
    </section>
  );
}

function Picture() {
  const { width, height, boxes, links: paths } = layout.value;
  const said = `Graph of ${count(operations.value, "operation")} on ${state.formula.value.variables.map(variableName).join(", ")}`;
  const scroll = useRef<HTMLDivElement>(null);
  // A wide picture is seen from its middle, with the result in sight.
  useLayoutEffect(() => {
    const box = scroll.current!;
    const [end, unit] = [boxes.at(-1)!, units.value.at(-1)!];
    const [lowest, highest] = [end.x + widthOf(unit) / 2 + 4 - box.clientWidth, end.x - widthOf(unit) / 2 - 4];
    box.scrollLeft = Math.min(highest, Math.max(lowest, (box.scrollWidth - box.clientWidth) / 2));
  }, [layout.value]);
  // Up to a quarter too wide it is drawn smaller; wider still it is scrolled.
  const style = width > WIDE ? { width: `${width}px`, maxWidth: "none" } : { maxWidth: `${width}px` };
  return (
    <div class="graph-scroll" ref={scroll} tabIndex={0} role="group" aria-label={`${said}; scrolls`}>
      <svg class="dag" viewBox={`0 0 ${width} ${height}`} style={style} role="img" aria-label={said}>
        {paths.map(({ d, x, y }, k) => <Arrow key={k} k={k} d={d} x={x} y={y} link={links.value[k]!} />)}
        {boxes.map(({ x, y }, k) => <UnitBox key={k} k={k} x={x} y={y} unit={units.value[k]!} />)}
      </svg>
    </div>
  );
}

function Arrow({ k, d, x, y, link }: { k: number; d: string; x: number; y: number; link: Link }) {
  const known = useComputed(() => (hasValue(link.to) ? (current.value === link.from && at.value > units.value.length ? "link flowing" : "link") : "link waiting"));
  const slope = useComputed(() => {
    const local = sweep.value.slopes[k];
    return local === null || local === undefined || !hasValue(link.to) ? "" : short(local, 3);
  });
  return (
    <g class={known}>
      <path d={d} />
      <text x={x} y={y} text-anchor="middle" dominant-baseline="central">{slope}</text>
    </g>
  );
}

function UnitBox({ k, x, y, unit }: { k: number; x: number; y: number; unit: Unit }) {
  const [width, height] = [widthOf(unit), HEIGHT];
  const looks = useComputed(() => `unit ${unit.op === "var" ? "given" : ""} ${current.value === k ? "current" : ""} ${hasValue(k) ? "" : "waiting"}`);
  const value = useComputed(() => (hasValue(k) ? short(sweep.value.values[k] ?? NaN) : ""));
  const adjoint = useComputed(() => (hasAdjoint(k) ? `∂f/∂${unit.name} = ${short(sweep.value.adjoints[k] ?? NaN)}` : ""));
  return (
    <g class={looks} transform={`translate(${x} ${y})`} text-anchor="middle">
      <rect x={-width / 2} y={-height / 2} width={width} height={height} rx={unit.op === "var" ? height / 2 : 4} />
      <text class="name" y={-LINE} dominant-baseline="central">{unit.title}</text>
      <text class="value" dominant-baseline="central">{value}</text>
      <text class="adjoint" y={LINE} dominant-baseline="central">{adjoint}</text>
    </g>
  );
}

/** One step at a time, by the slider's arrow keys or the buttons, each said in a sentence. */
function Steps() {
  const go = (to: number) => (step.value = Math.max(0, Math.min(last.value, to)));
  const now = at.value;
  return (
    <div class="graph-steps">
      <div class="slider">
        <label for="graph-step">Step {now} of {last.value}</label>
        <input id="graph-step" type="range" min="0" max={last.value} step="1" value={now} aria-valuetext={sentence.value || `step ${now}`}
          onInput={(e) => go(Number(e.currentTarget.value))} />
      </div>
      <div class="row-of-buttons">
        <button type="button" onClick={() => go(0)}>From the start</button>
        <button type="button" onClick={() => go(now - 1)} disabled={now === 0}>Back</button>
        <button type="button" onClick={() => go(now + 1)} disabled={now === last.value}>Next</button>
      </div>
      <p class="graph-said" role="status">{sentence}</p>
    </div>
  );
}

const sentence = computed((): string => {
  const n = units.value.length;
  if (step.value > last.value) return `All ${n} boxes have their value and their part in f: the variables' are the gradient.`;
  if (at.value === 0) return "Nothing is computed yet.";
  const k = current.value;
  const unit = units.value[k]!;
  const value = short(sweep.value.values[k]!);
  if (at.value <= n) return unit.op === "var" ? `${unit.name} is given: ${value}.` : `Forward: ${unit.title}${unit.title.includes("=") ? "" : ","} = ${value}.`;
  return back(k, unit);
});

/** What flows back into a box from all that use it. */
function back(k: number, unit: Unit): string {
  const { of, adjoints } = sweep.value;
  const name = `∂f/∂${unit.name}`;
  const total = short(adjoints[k]!);
  if (unit.node === graph.value.output) return "Backward: ∂f/∂f = 1, for f changes with itself one to one.";
  const terms = units.value.flatMap((user, u) => user.inputs.flatMap((i, n) => {
    const local = of[u]![n]!;
    return i === k && local !== null ? [`${bracketed(adjoints[u]!)}·${bracketed(local)}`] : [];
  }));
  const end = unit.op === "var" ? " That is the gradient's component." : "";
  if (!terms.length) return `Backward: ${name} = 0, for f does not change with it here.${end}`;
  const shown = terms.length > 4 ? [...terms.slice(0, 3), `… (${terms.length - 3} more)`] : terms;
  const meeting = terms.length > 1 ? ` ${terms.length === 2 ? "Two" : terms.length} branches meet here, and what they bring adds up.` : "";
  return `Backward: ${name} = ${shown.join(" + ")} = ${total}.${meeting}${end}`;
}

const bracketed = (v: number): string => (v < 0 ? `(${short(v)})` : short(v));
