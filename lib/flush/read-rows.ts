import type { Row } from '../dialect/statement';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import { chunk } from '../support/chunk';
import { groupBy } from '../support/group-by';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { FlushContext } from './flush-context';
import { keyLimit } from './lock-rows';

/** What the row of an entity holds now: `c0`, `c1`, … for the columns asked for; no row: `undefined`. */
export type CurrentRow = readonly [TrackedEntity, Row | undefined];

/** Reads rows without locking them, in one statement per table. */
export async function readRows(
  context: FlushContext,
  entities: readonly TrackedEntity[],
  columnsOf: (model: EntityModel) => readonly ColumnModel[],
): Promise<CurrentRow[]> {
  const { dialect, catalog, connection } = context;
  const result: CurrentRow[] = [];
  const limit = await keyLimit(context);
  const keyed = entities.map((tracked) => ({ tracked, key: tracked.key ?? [] }));
  for (const [model, group] of groupBy(keyed, ({ tracked }) => tracked.model)) {
    const table = await catalog.describe(model, connection);
    for (const rows of chunk(group, limit)) {
      const keys = rows.map(({ key }) => key);
      const reply = await connection.read(dialect.read(model, columnsOf(model), keys, table));
      const found = new Map(reply.rows.map((row) => [Number(row['ord']), row]));
      result.push(...rows.map(({ tracked }, ord) => [tracked, found.get(ord)] as const));
    }
  }
  return result;
}
