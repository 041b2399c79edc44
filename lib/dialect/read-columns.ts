import type { ColumnModel } from '../model/entity-model';
import type { SqlWriter } from './sql-writer';

/** Columns of the row `t`, after others that are read: `c0`, `c1`, …. */
export function readColumns(sql: SqlWriter, columns: readonly ColumnModel[]): string {
  return columns.map(({ databaseName }, i) => `, t.${sql.name(databaseName)} AS c${i}`).join('');
}
