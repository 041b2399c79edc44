import type { Dialect, TableDescription, WriteStatement } from '../../lib/dialect/dialect';
import type { Statement } from '../../lib/dialect/statement';
import type { TrackedEntity } from '../../lib/tracking/tracked-entity';
import { makeBatch, type Batch } from '../../lib/write-set/batch';
import type { Delete, Insert, Update, Write } from '../../lib/write-set/change';
import { collectChanges } from '../../lib/write-set/collect-changes';
import { mapOf } from '../unit/tracking/fake-tracked';

/** The one statement that writes these entities, which must fit into one batch. */
export function writeOf(
  dialect: Dialect,
  table: TableDescription,
  ...entities: readonly TrackedEntity[]
): WriteStatement {
  const [first, ...more] = collectChanges(mapOf(entities)).writes;
  if (!first) throw new Error('nothing has changed');
  const batch = makeBatch([first, ...more]);
  if (isBatchOf('insert', batch)) return dialect.insert(batch, batch.rows.map(insertRow), table);
  if (isBatchOf('update', batch)) return dialect.update(batch, batch.rows.map(updateRow), table);
  if (isBatchOf('delete', batch)) return dialect.delete(batch, batch.rows, table);
  throw new Error(`no such operation: ${batch.operation}`);
}

function isBatchOf<O extends Write['operation']>(
  operation: O,
  batch: Batch,
): batch is Batch<Extract<Insert | Update | Delete, { operation: O }>> {
  return batch.operation === operation;
}

function insertRow({ tracked, columns }: Insert) {
  const { model, entity } = tracked;
  return { values: columns.map((column) => (column === model.version ? 1 : column.read(entity))) };
}

function updateRow(change: Update) {
  return { change, values: change.values };
}

/** A statement as a reader would see it in a log: its text, then what is bound to it. */
export function textOf({ sql, parameters }: Statement): string {
  const bound = parameters.map((value) => {
    if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
    return literal(value);
  });
  return bound.length > 0 ? `${sql}\n-- ${bound.join(', ')}` : sql;
}

function literal(value: unknown): string {
  return typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
}

/** A write and, where its answer must be fetched, the statement that does. */
export function textsOf({ statement, readBack }: WriteStatement): string {
  return [statement, ...(readBack ? [readBack] : [])].map(textOf).join('\n\n');
}

/** Prints text as it is, without quotes and escapes. */
export const plainText = {
  test: (value: unknown) => typeof value === 'string',
  serialize: (value: unknown) => String(value),
};
