import type { Edge } from './edge';
import type { UnitRecord } from './history';

/** Edges that lead from a unit back to it. */
export type Cycle = readonly Edge[];

type Graph = ReadonlyMap<UnitRecord, readonly Edge[]>;

/** The shortest cycle of a graph; `undefined`: there is none. */
export function shortestCycle(edges: readonly Edge[]): Cycle | undefined {
  const core = coreOf(edges);
  const graph = graphOf(core);
  let shortest: Cycle | undefined;
  for (const unit of graph.keys()) {
    const found = shortestPath(graph, unit, unit);
    if (found && (!shortest || found.length < shortest.length)) shortest = found;
    if (shortest?.length === 2) break;
  }
  return shortest;
}

/** The shortest cycle in which exactly one edge is of those given, the others of the rest. */
export function shortestCycleWithOne(
  edges: readonly Edge[],
  isTheOne: (edge: Edge) => boolean,
): Cycle | undefined {
  const core = coreOf(edges);
  const graph = graphOf(core.filter((edge) => !isTheOne(edge)));
  let shortest: Cycle | undefined;
  for (const edge of core.filter(isTheOne)) {
    const back = shortestPath(graph, edge.to, edge.from);
    if (back && (!shortest || back.length + 1 < shortest.length)) shortest = [edge, ...back];
    if (shortest?.length === 2) break;
  }
  return shortest;
}

function graphOf(edges: readonly Edge[]): Graph {
  const graph = new Map<UnitRecord, Edge[]>();
  for (const edge of edges) {
    const known = graph.get(edge.from);
    if (known) known.push(edge);
    else graph.set(edge.from, [edge]);
  }
  return graph;
}

/** Leaves out who is only before, or only behind, all others: nothing is left of what has no cycle. */
function coreOf(edges: readonly Edge[]): readonly Edge[] {
  let core = edges;
  for (;;) {
    const [sources, targets] = [new Set<UnitRecord>(), new Set<UnitRecord>()];
    for (const { from, to } of core) {
      sources.add(from);
      targets.add(to);
    }
    const rest = core.filter(({ from, to }) => targets.has(from) && sources.has(to));
    if (rest.length === core.length) return core;
    core = rest;
  }
}

/** Breadth first, by at least one edge. */
function shortestPath(graph: Graph, from: UnitRecord, to: UnitRecord): Cycle | undefined {
  const reachedBy = new Map<UnitRecord, Edge>();
  const queue = [from];
  for (const unit of queue) {
    for (const edge of graph.get(unit) ?? []) {
      if (reachedBy.has(edge.to)) continue;
      reachedBy.set(edge.to, edge);
      if (edge.to === to) return pathTo(reachedBy, from, to);
      queue.push(edge.to);
    }
  }
  return undefined;
}

function pathTo(reachedBy: ReadonlyMap<UnitRecord, Edge>, from: UnitRecord, to: UnitRecord): Cycle {
  const path: Edge[] = [];
  let at = to;
  do {
    const edge = reachedBy.get(at)!;
    path.unshift(edge);
    at = edge.from;
  } while (at !== from);
  return path;
}
