import type { DataSource, EntityMetadata } from 'typeorm';
import type { Fingerprint } from '../model/fingerprint';
import type { TrackedEntity } from '../tracking/tracked-entity';
import type { ColumnMetadata } from './typeorm-metadata';

/** The entity as its row was last known, for events that show what is about to be overwritten. */
export function buildDatabaseEntity(
  dataSource: DataSource,
  metadata: EntityMetadata,
  { model, snapshot }: TrackedEntity,
): object {
  const { target } = metadata;
  const row = typeof target === 'function' ? (Object.create(target.prototype) as object) : {};
  for (const { index, databaseName } of model.columns) {
    const column = metadata.columns.find((c) => c.databaseName === databaseName);
    const known = snapshot[index];
    if (!column || known === undefined || (column.isVirtual && column.relationMetadata)) continue;
    const raw = rawValue(dataSource, column, known);
    column.setEntityValue(row, dataSource.driver.prepareHydratedValue(raw, column));
  }
  return row;
}

const times = /^(?:datetime|timestamp|timestamptz|timestamp with(?:out)? time zone)/;
const bytes = /^(?:bytea|(?:var)?binary|(?:tiny|medium|long)?blob)/;

/** A fingerprint as the driver would have answered the value it was taken of. */
function rawValue(dataSource: DataSource, column: ColumnMetadata, known: Fingerprint): unknown {
  const type = dataSource.driver.normalizeType(column);
  if (typeof known === 'number' && times.test(type)) return new Date(known);
  if (typeof known !== 'string') return known;
  if (bytes.test(type)) return Buffer.from(known, 'hex');
  return type === 'json' || type === 'jsonb' ? JSON.parse(known) : known;
}
