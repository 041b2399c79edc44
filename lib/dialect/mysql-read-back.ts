import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { TableDescription } from './dialect';
import { inputRows, keyInput } from './mysql-input';
import { sameKey, syntax } from './mysql-syntax';
import { SqlWriter } from './sql-writer';
import type { Statement } from './statement';

/** Fetches what the database filled in, row by row: answers `ord`, `a0`, `a1`, …, and `version` if asked. */
export function readAnswered(
  model: EntityModel,
  answered: readonly ColumnModel[],
  keys: readonly (readonly unknown[])[],
  table: TableDescription,
  version?: ColumnModel,
): Statement {
  const sql = new SqlWriter(syntax);
  const input = inputRows(sql, keyInput(model, keys), keys.length, table);
  const names = [
    ...answered.map((column, i) => `, t.${sql.name(column.databaseName)} AS a${i}`),
    ...(version ? [`, t.${sql.name(version.databaseName)} AS version`] : []),
  ];
  return sql.statement(
    `SELECT ${input.ord} AS ord${names.join('')}`,
    `FROM ${input.rows}`,
    `STRAIGHT_JOIN ${sql.path(model.tablePath)} t FORCE INDEX (PRIMARY) ON ${sameKey(sql, model)}`,
  );
}
