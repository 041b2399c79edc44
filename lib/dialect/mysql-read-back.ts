import type { ColumnModel, EntityModel } from '../model/entity-model';
import { inputRows, keyNames, keyValues, sameKey, syntax } from './mysql-syntax';
import { SqlWriter } from './sql-writer';
import type { Statement } from './statement';

/** Fetches what the database filled in, row by row: answers `ord`, `a0`, `a1`, …, and `version` if asked. */
export function readAnswered(
  model: EntityModel,
  answered: readonly ColumnModel[],
  keys: readonly (readonly unknown[])[],
  version?: ColumnModel,
): Statement {
  const sql = new SqlWriter(syntax);
  const rows = keys.map((key) => keyValues(model, key));
  const names = [
    ...answered.map((column, i) => `, t.${sql.name(column.databaseName)} AS a${i}`),
    ...(version ? [`, t.${sql.name(version.databaseName)} AS version`] : []),
  ];
  return sql.statement(
    `SELECT x.ord${names.join('')}`,
    `FROM ${inputRows(sql, keyNames(model), rows)}`,
    `STRAIGHT_JOIN ${sql.path(model.tablePath)} t FORCE INDEX (PRIMARY) ON ${sameKey(sql, model)}`,
  );
}
