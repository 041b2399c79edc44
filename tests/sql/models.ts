import type { Dialect, TableDescription } from '../../lib/dialect/dialect';
import { mariadb } from '../../lib/dialect/mariadb';
import { mysql } from '../../lib/dialect/mysql';
import { postgres } from '../../lib/dialect/postgres';
import type { ColumnModel, EntityModel } from '../../lib/model/entity-model';
import { fakeModel } from '../unit/model/fake-model';

export const dialects: readonly Dialect[] = [postgres, mysql, mariadb];
export { mariadb, mysql, postgres };

/** A key of text and bigint, a row version, an update date, a list. */
export const reading = fakeModel('Reading', {
  tablePath: ['lab', 'reading'],
  columns: {
    sensor: { kind: 'text', isKey: true },
    tick: { kind: 'integer', isKey: true },
    amount: {},
    labels: {},
    views: { isUnversioned: true },
    updated_at: {
      isUpdatable: false,
      isFilledOnInsert: true,
      isFilledOnUpdate: true,
      onUpdate: 'CURRENT_TIMESTAMP',
    },
    row_version: { kind: 'integer', isUpdatable: false },
  },
  version: 'row_version',
});

/** A key that the database makes, and no row version. */
export const note = fakeModel('Note', {
  columns: {
    id: { kind: 'integer', isKey: true, isIncrement: true, isFilledOnInsert: true },
    text: {},
    created_at: { isFilledOnInsert: true },
  },
});

const types: Readonly<Record<string, string>> = {
  sensor: 'character varying',
  tick: 'bigint',
  id: 'integer',
  amount: 'numeric',
  labels: 'text[]',
  row_version: 'integer',
  version: 'integer',
};

/** What the catalog of a dialect would say about the table of a model. */
export function describeTable(
  dialect: Dialect,
  model: EntityModel,
  settings: { readonly isIdentity?: boolean } = {},
): TableDescription {
  if (dialect !== postgres) return {};
  const rows = model.columns.map((column) => describeColumn(column, settings.isIdentity ?? false));
  return postgres.readDescription(model, rows);
}

function describeColumn(column: ColumnModel, isIdentity: boolean) {
  const { databaseName, propertyPath, isIncrement } = column;
  const type = types[propertyPath] ?? 'text';
  return {
    name: databaseName,
    type,
    is_array: type.endsWith('[]'),
    is_identity: isIncrement && isIdentity,
    generator: isIncrement ? `nextval('${propertyPath}_seq'::regclass)` : null,
  };
}
