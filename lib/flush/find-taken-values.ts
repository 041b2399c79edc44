import type { Conflict } from '../errors/concurrency-error';
import type { EntityModel, UniqueModel } from '../model/entity-model';
import { uniqueValueId } from '../model/unique-value';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { FlushContext } from './flush-context';

/**
 * Finds rivals' rows with unique values that the unit had looked for in vain before it inserted them.
 *
 * For unique violations, after the rollback: such a rival came in between, and a replay will find it.
 */
export async function findTakenValues(context: FlushContext): Promise<Conflict[]> {
  const conflicts: Conflict[] = [];
  const added = context.map.all().filter(({ state }) => state === 'new');
  for (const tracked of added) {
    for (const unique of tracked.model.uniques) {
      const conflict = await findTaken(context, tracked, unique);
      if (conflict) conflicts.push(conflict);
    }
  }
  return conflicts;
}

async function findTaken(
  { dialect, catalog, connection, map }: FlushContext,
  { model, entity }: TrackedEntity,
  unique: UniqueModel,
): Promise<Conflict | undefined> {
  const values = unique.columns.map((column) => column.read(entity));
  if (!map.wasAbsent(uniqueValueId(model, unique, values))) return undefined;
  const asked = askedColumns(model);
  const table = await catalog.describe(model, connection);
  const read = dialect.readByUnique(model, unique, asked, [values], table);
  const [row] = (await connection.send(read)).rows;
  if (!row) return undefined;
  return {
    entityName: model.entityName,
    tableName: model.tableName,
    key: model.key.map((_, i) => row[`c${i}`]),
    operation: 'insert',
    expectedVersion: null,
    actualVersion: model.version ? Number(row[`c${model.key.length}`]) : null,
    changedTokens: [],
    entity,
  };
}

function askedColumns({ key, version }: EntityModel) {
  return version ? [...key, version] : key;
}
