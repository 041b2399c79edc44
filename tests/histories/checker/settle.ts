import { finalLists, isRemoval, ownersOf, type History, type UnitRecord } from './history';

/**
 * Decides by what is stored what came of the units that were not told.
 *
 * One that has left a trace counts as committed, so it must have left all of them.
 */
export function settle(history: History): History {
  const { units, after } = history;
  if (units.every(({ outcome }) => outcome !== 'unknown')) return history;
  const owners = ownersOf(history);
  const stored = [...finalLists(history).values()].flat();
  const present = new Set(stored.map((element) => owners.get(element)));
  const settled = units.map((unit): UnitRecord => {
    if (unit.outcome !== 'unknown') return unit;
    const isPresent = present.has(unit) || removedAlone(history, unit, after);
    return { ...unit, outcome: isPresent ? 'committed' : 'refused' };
  });
  return { ...history, units: settled };
}

/** Whether a row is gone that nobody else says to have removed. */
function removedAlone({ units }: History, unit: UnitRecord, after: History['after']): boolean {
  const removals = unit.writes.filter(isRemoval);
  return removals.some(
    ({ row }) =>
      !after.has(row) &&
      !units.some(
        (other) =>
          other.outcome === 'committed' &&
          other.writes.some((write) => write.row === row && isRemoval(write)),
      ),
  );
}
