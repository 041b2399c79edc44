import type { Row } from '../dialect/statement';
import { fingerprint } from '../model/fingerprint';
import { chunk } from '../support/chunk';
import { conflictOn } from '../tracking/conflict-on';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Assertion } from '../write-set/change';
import { assertionOf } from '../write-set/collect-changes';
import { planLocks } from '../write-set/lock-plan';
import { conflictError } from './conflicts';
import type { FlushContext } from './flush-context';
import { keyLimit } from './lock-rows';
import { readRows } from './read-rows';

/** What tells whether a row has changed: its version; without one, all its columns; no row: `undefined`. */
export type RowStates = ReadonlyMap<TrackedEntity, string | undefined>;

/**
 * Locks rows, so that only this unit can change them, and says how they are now.
 *
 * Compared before and after a statement, they tell which rows it reached: a statement itself does not.
 */
export async function readStates(
  context: FlushContext,
  rows: readonly TrackedEntity[],
): Promise<RowStates> {
  const states = new Map<TrackedEntity, string | undefined>();
  const versioned = rows.filter(({ version }) => version !== undefined);
  const { dialect, catalog, connection } = context;
  const assertions = versioned.map((tracked) => assertionOf(tracked, 'lock', 'update'));
  for (const batch of planLocks({ writes: [], assertions })) {
    const table = await catalog.describe(batch.model, connection);
    for (const part of chunk(batch.rows, await keyLimit(context))) {
      const reply = await connection.lock(dialect.lock(batch, part, table, []));
      const found = new Map(reply.rows.map((row) => [Number(row['ord']), row]));
      part.forEach(({ reason }, ord) => {
        // Each row was planned for the sake of an assertion.
        states.set((reason as Assertion).tracked, versionIn(found.get(ord)));
      });
    }
  }
  const others = rows.filter(({ version }) => version === undefined);
  const current = await readRows(context, others, (model) => model.columns);
  for (const [tracked, row] of current) states.set(tracked, row && String(fingerprint(row)));
  return states;
}

/** The rows that a statement has changed or deleted. */
export function changedRows(before: RowStates, after: RowStates): TrackedEntity[] {
  return [...before.keys()].filter((tracked) => before.get(tracked) !== after.get(tracked));
}

/** @throws {ConcurrencyError} A rival had changed them before the statement did, after they were read. */
export function refuseStale(changed: readonly TrackedEntity[], before: RowStates): void {
  const lost = changed.flatMap((tracked) => {
    const actual = before.get(tracked);
    const isStale = tracked.version !== undefined && actual !== String(tracked.version);
    const conflict = conflictOn(tracked, 'update', { actual: Number(actual) });
    return isStale ? [{ conflict, tracked }] : [];
  });
  if (lost.length > 0) throw conflictError(lost);
}

function versionIn(row: Row | undefined): string | undefined {
  return row && String(Number(row['version']));
}
