import type { Row } from '../dialect/statement';
import { UsageError } from '../errors/usage-error';
import type { ColumnModel } from '../model/entity-model';
import { fingerprint, sameFingerprint } from '../model/fingerprint';
import type { Assertion, Delete, Update, Write } from '../write-set/change';
import { comparedColumns, tokensOf, type LockedRow } from '../write-set/lock-plan';

/** Whether rows must be locked and read before they are written, because their tokens are compared. */
export function haveTokens(writes: readonly Write[]): boolean {
  return writes.some(
    (write) =>
      write.operation !== 'insert' && comparedColumns(write.tracked).length > 0 && isChecked(write),
  );
}

/**
 * The tokens of a locked row that have another value than the one the unit has loaded.
 *
 * They are compared as the entity holds them: exactly, whatever the column's collation takes for equal.
 *
 * @param together The rows that were read by the same statement.
 * @throws {UsageError} A token was not loaded.
 */
export function changedTokens(
  reason: Update | Delete | Assertion,
  row: Row,
  together: readonly LockedRow[],
): string[] {
  const { model, snapshot, orphanOf } = reason.tracked;
  const tokens = comparedColumns(reason.tracked);
  if (tokens.length === 0 || !isChecked(reason)) return [];
  const names = tokensOf(together).map(({ databaseName }) => databaseName);
  const now = model.blank(reason.key);
  const isChanged = (token: ColumnModel) => {
    const loaded = orphanOf?.get(token) ?? snapshot[token.index];
    if (loaded === undefined) {
      throw new UsageError(
        `${model.entityName}.${token.propertyPath} is a concurrency token and was not loaded: select it too`,
      );
    }
    token.write(now, row[`token${names.indexOf(token.databaseName)}`]);
    return !sameFingerprint(loaded, fingerprint(token.read(now)));
  };
  return [...new Set(tokens.filter(isChanged).map(({ propertyPath }) => propertyPath))];
}

/** Additions and unversioned columns lose nothing to whoever changed the row meanwhile. */
function isChecked(change: Update | Delete | Assertion): boolean {
  if (change.operation !== 'update' || change.columns.length === 0) return true;
  return change.columns.some((column) => !column.isUnversioned && !change.added.includes(column));
}
