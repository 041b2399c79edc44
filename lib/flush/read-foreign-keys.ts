import { fingerprint } from '../model/fingerprint';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { Write } from '../write-set/change';
import type { FlushContext } from './flush-context';
import { readRows } from './read-rows';

/**
 * Learns where rows that are to be deleted point to, if their relations were not loaded and the
 * rows they may point to are deleted as well: children go before their parents.
 */
export async function readForeignKeys(
  context: FlushContext,
  writes: readonly Write[],
): Promise<void> {
  const deletes = writes.filter(
    ({ operation, tracked }) => operation === 'delete' && tracked.model.references.length > 0,
  );
  if (deletes.length === 0) return;
  const deleted = writes.filter(({ operation }) => operation === 'delete');
  const tables = new Set(deleted.map(({ tracked }) => tracked.model.tableName));
  const unknown = deletes.filter(({ tracked: { model, snapshot } }) =>
    deciding(model, tables).some(({ index }) => snapshot[index] === undefined),
  );
  if (unknown.length === 0) return;
  const entities = unknown.map(({ tracked }) => tracked);
  const current = await readRows(context, entities, (model) => deciding(model, tables));
  for (const [{ model, snapshot }, row] of current) {
    const scratch = {};
    deciding(model, tables).forEach((column, i) => {
      if (snapshot[column.index] !== undefined || !row) return;
      column.write(scratch, row[`c${i}`]);
      snapshot[column.index] = fingerprint(column.read(scratch));
    });
  }
}

/** The foreign keys to tables that rows are deleted of. */
function deciding({ references }: EntityModel, tables: ReadonlySet<string>): ColumnModel[] {
  return references
    .filter(({ target }) => tables.has(target().tableName))
    .flatMap(({ columns }) => columns);
}
