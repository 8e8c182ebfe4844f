/** Boxes and arrows laid out in ranks, from the variables down to f: dagre does it. */

import dagre from "@dagrejs/dagre";

export interface Box { readonly width: number; readonly height: number }
export interface Link { readonly from: number; readonly to: number }

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The middle of every box. */
  readonly boxes: readonly { x: number; y: number }[];
  /** The path of every link, and where its number stands. */
  readonly links: readonly { d: string; x: number; y: number }[];
}

const LABEL = { width: 60, height: 14 };

/** From top to bottom, large graphs with less care for crossings; a graph of few boxes that would be wider than `most` lies on its side. */
export function layOut(boxes: readonly Box[], links: readonly Link[], most = Infinity): Layout {
  const upright = ranked(boxes, links, "TB");
  if (upright.width <= most || boxes.length > FEW) return upright;
  const lying = ranked(boxes, links, "LR");
  return lying.width < upright.width ? lying : upright;
}

const FEW = 60;

function ranked(boxes: readonly Box[], links: readonly Link[], rankdir: "TB" | "LR"): Layout {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir, ranker: boxes.length > FEW ? "tight-tree" : "network-simplex", nodesep: 14, edgesep: 8, ranksep: rankdir === "TB" ? 34 : 20, marginx: 6, marginy: 6 });
  boxes.forEach((box, k) => graph.setNode(String(k), { ...box }));
  links.forEach(({ from, to }, k) => graph.setEdge(String(from), String(to), { ...LABEL, labelpos: "c" }, String(k)));
  const start = performance.now();
  dagre.layout(graph, { disableOptimalOrderHeuristic: boxes.length > FEW });
  performance.measure("graph laid out", { start });
  const { width = 0, height = 0 } = graph.graph();
  return {
    width, height,
    boxes: boxes.map((_, k) => { const { x, y } = graph.node(String(k)); return { x, y }; }),
    links: links.map(({ from, to }, k) => {
      const edge = graph.edge(String(from), String(to), String(k));
      return { d: smooth(edge.points), x: edge.x!, y: edge.y! };
    }),
  };
}

/** A curve along the corners that dagre gives: through the middle of each piece. */
function smooth(points: readonly { x: number; y: number }[]): string {
  const at = ({ x, y }: { x: number; y: number }) => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const last = points.length - 1;
  let d = `M${at(points[0]!)}`;
  for (let k = 1; k < last; k++) {
    const [p, q] = [points[k]!, points[k + 1]!];
    const end = k + 1 === last ? q : { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
    d += `Q${at(p)} ${at(end)}`;
  }
  return last > 1 ? d : `${d}L${at(points[last]!)}`;
}
