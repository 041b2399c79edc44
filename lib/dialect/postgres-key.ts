import type { EntityModel } from '../model/entity-model';
import type { LockStrength } from '../write-set/change';
import { checkKeyValue } from './check-value';
import type { TableDescription } from './dialect';
import { inputColumn, type InputColumn } from './postgres-input';
import type { SqlWriter } from './sql-writer';

/** @see https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS */
export const lockClause: Readonly<Record<LockStrength, string>> = {
  'key-share': 'FOR KEY SHARE',
  share: 'FOR SHARE',
  update: 'FOR NO KEY UPDATE',
  delete: 'FOR UPDATE',
};

export function keyInput(
  model: EntityModel,
  keys: readonly (readonly unknown[])[],
  table: TableDescription,
): InputColumn[] {
  return model.key.map((column, i) => {
    const values = keys.map((key) => checkKeyValue(model, column, key[i]));
    return inputColumn(table, model, column, `k${i}`, values);
  });
}

/** Found by the column's own equality, which uses the index, and for text compared binary as well. */
export function sameKey(sql: SqlWriter, model: EntityModel, key: readonly InputColumn[]): string {
  return model.key
    .flatMap((column, i) => {
      const name = `t.${sql.name(column.databaseName)}`;
      const value = key[i]?.expression ?? 'NULL';
      const binary = `${name}::text COLLATE "C" = ${value}::text COLLATE "C"`;
      return column.kind === 'text' ? [`${name} = ${value}`, binary] : [`${name} = ${value}`];
    })
    .join(' AND ');
}
