import type { Anomaly, AnomalyKind } from './anomaly';
import { shortestCycle, shortestCycleWithOne, type Cycle } from './cycles';
import type { Edge } from './edge';
import { explainCycle } from './explain';

/**
 * What must not happen, from weak to strict.
 *
 * - `checked`: no cycle, if of what was read only that counts which was changed, asserted or locked.
 * - `snapshot`: nor one in which a unit saw half of what another one did.
 * - `serializable`: no cycle.
 */
export type Strictness = 'checked' | 'snapshot' | 'serializable';

/** The shortest cycle of every kind that must not be there. */
export function findCycles(edges: readonly Edge[], strictness: Strictness): Anomaly[] {
  const searches: (() => Cycle | undefined)[] = [
    () => shortestCycle(edges.filter(({ kind }) => kind === 'ww')),
    () => shortestCycle(edges.filter(({ kind }) => kind !== 'rw')),
    () => shortestCycle(edges.filter(({ kind, isGuarded }) => kind !== 'rw' || isGuarded)),
  ];
  if (strictness !== 'checked')
    searches.push(() => shortestCycleWithOne(edges, ({ kind }) => kind === 'rw'));
  if (strictness === 'serializable') searches.push(() => shortestCycle(edges));
  const found = searches.map((search) => search()).filter((cycle) => cycle !== undefined);
  const byKind = new Map(found.map((cycle) => [kindOf(cycle), cycle] as const));
  return [...byKind].map(([kind, cycle]) => ({
    kind,
    message: explainCycle(cycle),
    units: cycle.map(({ from }) => from),
  }));
}

function kindOf(cycle: Cycle): AnomalyKind {
  const overtaken = cycle.filter(({ kind }) => kind === 'rw');
  if (overtaken.some(({ isOwn }) => isOwn)) return 'lost update';
  if (overtaken.length > 1) return 'G2: write skew';
  if (overtaken.length === 1) return 'G-single: read skew';
  return cycle.some(({ kind }) => kind === 'wr')
    ? 'G1c: information in a circle'
    : 'G0: writes in a circle';
}
