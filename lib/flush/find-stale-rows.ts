import type { Conflict } from '../errors/concurrency-error';
import { collectChanges } from '../write-set/collect-changes';
import { lostRow } from './conflicts';
import type { FlushContext } from './flush-context';
import { readRows } from './read-rows';

/**
 * Compares the write set with the rows as they are now, after the unit was rolled back.
 *
 * For errors with which the database ends a unit without naming a row. Entities without a row
 * version are left out: nothing tells whether they changed.
 */
export async function findStaleRows(context: FlushContext): Promise<Conflict[]> {
  const { writes, assertions } = collectChanges(context.map);
  const changes = [...writes, ...assertions].filter((change) => change.operation !== 'insert');
  const versioned = changes.filter(({ tracked }) => tracked.version !== undefined);
  const changeOf = new Map(versioned.map((change) => [change.tracked, change]));
  const current = await readRows(context, [...changeOf.keys()], ({ version }) =>
    version ? [version] : [],
  );
  return current.flatMap(([tracked, row]) => {
    const actual = row && Number(row['c0']);
    const change = changeOf.get(tracked);
    return change && actual !== tracked.version ? [lostRow(change, actual).conflict] : [];
  });
}
