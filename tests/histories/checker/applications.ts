import type { Anomaly } from './anomaly';
import {
  committedOf,
  finalLists,
  isRemoval,
  ownersOf,
  readOf,
  writeOf,
  type History,
  type UnitRecord,
  type Write,
} from './history';

/**
 * Compares what units were told with what is stored: who committed stands there once, who failed does
 * not. Looks at no version.
 */
export function judgeApplications(history: History): Anomaly[] {
  const lists = finalLists(history);
  return [
    ...[...lists].flatMap(([row, list]) => judgeStored(history, row, list)),
    ...committedOf(history).flatMap((unit) =>
      unit.writes.flatMap((write) => judgeWrite(history, unit, write, lists.get(write.row))),
    ),
    ...judgeRows(history),
  ];
}

function judgeStored(history: History, row: string, list: readonly string[]): Anomaly[] {
  const owners = ownersOf(history);
  return list.flatMap((element, index): Anomaly[] => {
    const owner = owners.get(element);
    const units = owner ? [owner] : [];
    if (list.indexOf(element) < index)
      return [{ kind: 'double apply', message: `${element} stands in ${row} twice`, units }];
    if (owner?.outcome === 'committed') return [];
    const who = owner ? `its unit was told ${owner.outcome}` : 'nobody reported it';
    return [{ kind: 'unreported write', message: `${element} stands in ${row}: ${who}`, units }];
  });
}

/** What was appended must stand where its unit saw the end of the list. */
function judgeWrite(
  history: History,
  unit: UnitRecord,
  { row, appended }: Write,
  list: readonly string[] = [],
): Anomaly[] {
  const end = readOf(unit, row)?.list.length ?? 0;
  const missing = appended.find((element, index) => list[end + index] !== element);
  if (missing === undefined) return [];
  const instead = list[end + appended.indexOf(missing)];
  const overwriter =
    instead === undefined ? removerOf(history, row) : ownersOf(history).get(instead);
  const place = `${missing} does not stand in ${row} where its unit appended it`;
  if (instead === undefined && !overwriter)
    return [{ kind: 'missing commit', message: place, units: [unit] }];
  const units = overwriter ? [unit, overwriter] : [unit];
  const message = instead === undefined ? `${place}: it was removed` : `${place}, but ${instead}`;
  return [{ kind: 'lost update', message, units }];
}

const removerOf = (history: History, row: string): UnitRecord | undefined =>
  committedOf(history).find((unit) => {
    const write = writeOf(unit, row);
    return write !== undefined && isRemoval(write);
  });

/** Each row is removed once, and then it is gone; no other one is. */
function judgeRows(history: History): Anomaly[] {
  const { before, after } = history;
  const removers = new Map<string, UnitRecord[]>();
  const made = new Set(before.keys());
  for (const unit of committedOf(history)) {
    for (const write of unit.writes) {
      if (isRemoval(write)) removers.set(write.row, [...(removers.get(write.row) ?? []), unit]);
      else made.add(write.row);
    }
  }
  const judged = [...removers].flatMap(([row, units]): Anomaly[] => {
    if (units.length > 1)
      return [{ kind: 'lost update', message: `${row} was removed ${units.length} times`, units }];
    if (!after.has(row)) return [];
    return [{ kind: 'missing commit', message: `${row} was removed and is there`, units }];
  });
  const vanished = [...made].filter((row) => !after.has(row) && !removers.has(row));
  return [
    ...judged,
    ...vanished.map((row): Anomaly => {
      return {
        kind: 'unreported write',
        message: `${row} is gone, and nobody removed it`,
        units: [],
      };
    }),
  ];
}
