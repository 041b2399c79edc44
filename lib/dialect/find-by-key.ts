import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { SqlWriter } from './sql-writer';
import type { Statement } from './statement';

/** @param condition What the column of the key must be. */
export function findByKey(
  sql: SqlWriter,
  { tablePath, key, columns: all }: EntityModel,
  columns: readonly ColumnModel[],
  condition: string,
): Statement {
  const names = columns.map((column, i) => `t.${sql.name(column.databaseName)} AS c${i}`);
  const conditions = [
    ...key.map(({ databaseName }) => `t.${sql.name(databaseName)} ${condition}`),
    ...all.filter((c) => c.isDeleteDate).map((c) => `t.${sql.name(c.databaseName)} IS NULL`),
  ];
  return sql.statement(
    `SELECT ${names.join(', ')}`,
    `FROM ${sql.path(tablePath)} t WHERE ${conditions.join(' AND ')}`,
  );
}
