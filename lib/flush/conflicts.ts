import { ConcurrencyError, type Conflict } from '../errors/concurrency-error';
import type { RowVersion } from '../model/row-version';
import { conflictOn } from '../tracking/conflict-on';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { Assertion, Delete, Update } from '../write-set/change';
import { assertionOf } from '../write-set/collect-changes';

/** A conflict and whether the same one would meet a replay. */
export interface LostRow {
  readonly conflict: Conflict;
  readonly tracked: TrackedEntity;
}

/** @param actual The version the row has, `null` if it has none; `undefined` if there is no row. */
export function lostRow(
  change: Update | Delete | Assertion,
  actual: RowVersion | null | undefined,
  changedTokens: readonly string[] = [],
): LostRow {
  const { tracked, key, expected } = change;
  const isMove = change.operation === 'update' && change.columns.length === 0;
  const operation = isMove ? (change.asserts ?? 'force-increment') : change.operation;
  const conflict = conflictOn(tracked, operation, {
    key,
    expected: expected ?? tracked.version ?? null,
    actual,
    changedTokens,
  });
  return { conflict, tracked };
}

/** A row that was read at another version than a client has. */
export function versionConflict(tracked: TrackedEntity, expected: RowVersion): ConcurrencyError {
  const assertion = { ...assertionOf(tracked, 'expect-version', 'share'), expected };
  return conflictError([lostRow(assertion, tracked.version)]);
}

/** It was named by a key alone, so a replay would name it again. */
function isUnreadRoot({ operation, expectedVersion }: Conflict): boolean {
  return operation === 'force-increment' && expectedVersion === null;
}

/** One error for all the rows that a flush lost. */
export function conflictError(lost: readonly LostRow[]): ConcurrencyError {
  return new ConcurrencyError(
    'row-version',
    lost.map(({ conflict }) => conflict),
    {
      replayable: lost.every(
        ({ tracked, conflict }) =>
          tracked.isReplayable && tracked.assertion !== 'expect-version' && !isUnreadRoot(conflict),
      ),
    },
  );
}
