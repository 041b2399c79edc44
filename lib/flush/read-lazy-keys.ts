import { fingerprint } from '../model/fingerprint';
import type { ColumnModel } from '../model/entity-model';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { FlushContext } from './flush-context';
import { readRows } from './read-rows';

/**
 * Learns where rows pointed to whose lazy relations were loaded, or assigned, since they were read:
 * TypeORM keeps the two alike, and only one of them is a change.
 */
export async function readLazyKeys(
  context: FlushContext,
  all: readonly TrackedEntity[],
): Promise<void> {
  const unknown = all.filter((tracked) => tracked.key && unknownKeys(tracked).length > 0);
  if (unknown.length === 0) return;
  const columnsOf = new Map(
    unknown.map((tracked) => [tracked.model, unknownColumns(unknown, tracked)]),
  );
  const current = await readRows(context, unknown, (model) => columnsOf.get(model) ?? []);
  for (const [{ model, snapshot }, row] of current) {
    const scratch = {};
    columnsOf.get(model)?.forEach((column, i) => {
      if (snapshot[column.index] !== undefined || !row) return;
      column.write(scratch, row[`c${i}`]);
      snapshot[column.index] = fingerprint(column.read(scratch));
    });
  }
}

const none: readonly ColumnModel[] = [];

/** Foreign keys of lazy relations that the entity knows now and its snapshot does not. */
function unknownKeys({ state, model, entity, snapshot }: TrackedEntity): readonly ColumnModel[] {
  if (state !== 'managed' || model.references.length === 0) return none;
  return model.references
    .filter(({ settle }) => settle)
    .flatMap(({ columns }) => columns)
    .filter((c) => snapshot[c.index] === undefined && c.read(entity) !== undefined);
}

function unknownColumns(all: readonly TrackedEntity[], { model }: TrackedEntity): ColumnModel[] {
  return [...new Set(all.filter((other) => other.model === model).flatMap(unknownKeys))];
}
