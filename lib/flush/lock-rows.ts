import type { Row } from '../dialect/statement';
import { MappingError } from '../errors/mapping-error';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import { chunk } from '../support/chunk';
import type { LockBatch, LockedRow } from '../write-set/lock-plan';
import { changedTokens } from './compare-tokens';
import { conflictError, lostRow, type LostRow } from './conflicts';
import type { FlushContext } from './flush-context';

/**
 * Locks rows in their order, those that are not held yet, and compares the version of each.
 *
 * @throws {ConcurrencyError} Naming every row that is gone or has another version; of kind `deadlock` if
 *   rows are held already that should be locked after them.
 */
export async function lockRows(
  context: FlushContext,
  batches: readonly LockBatch[],
): Promise<void> {
  context.held.checkOrder(() => batches);
  const lost = await findLostRows(context, context.held.without(batches));
  if (lost.length > 0) throw conflictError(lost);
}

/**
 * Locks rows in their order and returns those that are gone or have another version.
 *
 * @param columnsOf What else is read of them.
 */
export async function findLostRows(
  context: FlushContext,
  batches: readonly LockBatch[],
  columnsOf: (model: EntityModel) => readonly ColumnModel[] = () => [],
): Promise<LostRow[]> {
  const { dialect, catalog, connection, held } = context;
  const lost: LostRow[] = [];
  for (const batch of batches) {
    const table = await catalog.describe(batch.model, connection);
    const limit = await keyLimit(context);
    for (const rows of chunk(batch.rows, limit)) {
      const columns = columnsOf(batch.model);
      const reply = await connection.lock(dialect.lock(batch, rows, table, columns));
      held.add({ ...batch, rows }, reply.rows);
      lost.push(...compareVersions(batch.model, rows, reply.rows));
    }
  }
  return lost;
}

/** How many keys one statement may hold. */
export async function keyLimit({ dialect, catalog, connection }: FlushContext) {
  const { maxBytes: weight } = await catalog.server(connection);
  const weigh = ({ key }: { readonly key: readonly unknown[] }) =>
    key.reduce<number>((sum, value) => sum + dialect.weigh(value), 0);
  return { items: dialect.maxRows, weight, weigh };
}

function compareVersions(
  { entityName, tableName }: EntityModel,
  rows: readonly LockedRow[],
  found: readonly Row[],
): LostRow[] {
  const byOrdinal = new Map(found.map((row) => [Number(row['ord']), row]));
  if (byOrdinal.size !== found.length) {
    throw new MappingError(
      `one key of ${entityName} found several rows: its columns must be the primary key of ${tableName}`,
    );
  }
  return rows.flatMap(({ expected, reason }, ord) => {
    if (reason === undefined) return [];
    const row = byOrdinal.get(ord);
    if (!row) return [lostRow(reason, undefined)];
    const actual = row['version'] === null ? null : Number(row['version']);
    const tokens = changedTokens(reason, row, rows);
    const isLost = (expected !== null && actual !== expected) || tokens.length > 0;
    return isLost ? [lostRow(reason, actual, tokens)] : [];
  });
}
