import type { ColumnModel, EntityModel } from '../model/entity-model';
import { inputRows, keyNames, keyValues, sameKey, syntax } from './mysql-syntax';
import { SqlWriter } from './sql-writer';
import type { Statement } from './statement';

/** Fetches what the database filled in, row by row: answers `ord`, `a0`, `a1`, … */
export function readAnswered(
  model: EntityModel,
  answered: readonly ColumnModel[],
  keys: readonly (readonly unknown[])[],
): Statement {
  const sql = new SqlWriter(syntax);
  const rows = keys.map((key) => keyValues(model, key));
  return sql.statement(
    `SELECT x.ord${answered.map((c, i) => `, t.${sql.name(c.databaseName)} AS a${i}`).join('')}`,
    `FROM ${inputRows(sql, keyNames(model), rows)}`,
    `STRAIGHT_JOIN ${sql.path(model.tablePath)} t FORCE INDEX (PRIMARY) ON ${sameKey(sql, model)}`,
  );
}
