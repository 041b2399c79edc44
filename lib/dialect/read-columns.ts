import type { ColumnModel } from '../model/entity-model';
import type { SqlWriter } from './sql-writer';

/** Columns of the row `t`, after others that are read: `c0`, `c1`, …. */
export function readColumns(
  sql: SqlWriter,
  columns: readonly ColumnModel[],
  called: 'c' | 'token' = 'c',
): string {
  const name = ({ databaseName }: ColumnModel, i: number) =>
    `, t.${sql.name(databaseName)} AS ${called}${i}`;
  return columns.map(name).join('');
}
