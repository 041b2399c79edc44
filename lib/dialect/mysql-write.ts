import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { Dialect, TableDescription } from './dialect';
import { inputRows, keyInput, valueInput, versionInput, type InputColumn } from './mysql-input';
import { readAnswered } from './mysql-read-back';
import { sameKey, syntax } from './mysql-syntax';
import { SqlWriter } from './sql-writer';

export const updateRows: Dialect['update'] = (
  { model, columns, added, answered, isChecked, isMoving },
  rows,
  table,
) => {
  const sql = new SqlWriter(syntax);
  const changes = rows.map((row) => row.change);
  const values = columns.map((column, i) =>
    valueInput(
      model,
      column,
      `c${i}`,
      rows.map((row) => row.values[i]),
      added.includes(column),
    ),
  );
  const input = guardedRows(sql, model, isChecked, changes, table, values);
  const filled = answered.flatMap(({ databaseName, onUpdate }) =>
    onUpdate ? [`t.${sql.name(databaseName)} = ${onUpdate}`] : [],
  );
  const assignments = [
    ...columns.map((column, i) => {
      const name = `t.${sql.name(column.databaseName)}`;
      return `${name} = ${added.includes(column) ? `${name} + ` : ''}x.c${i}`;
    }),
    ...filled,
    ...(isMoving && model.version ? [nextVersion(sql, model.version)] : []),
  ];
  const statement = sql.statement(`UPDATE ${input}`, `SET ${assignments.join(', ')}`);
  const keys = changes.map(({ key }) => key);
  // What an unchecked move has made of a version, only the row can tell.
  const needsReadBack = answered.length > 0 || (isMoving && !isChecked);
  const asked = isMoving ? model.version : undefined;
  const readBack = needsReadBack ? readAnswered(model, answered, keys, table, asked) : undefined;
  return { statement, reports: 'count', readBack };
};

export const deleteRows: Dialect['delete'] = ({ model, isChecked }, rows, table) => {
  const sql = new SqlWriter(syntax);
  const statement = sql.statement(
    `DELETE t FROM ${guardedRows(sql, model, isChecked, rows, table)}`,
  );
  return { statement, reports: 'count' };
};

/** The rows of the table that have these keys and, if they are checked, these versions. */
function guardedRows(
  sql: SqlWriter,
  model: EntityModel,
  isChecked: boolean,
  rows: readonly { readonly key: readonly unknown[]; readonly expected: number | null }[],
  table: TableDescription,
  values: readonly InputColumn[] = [],
): string {
  const version = isChecked ? model.version : undefined;
  const keys = keyInput(
    model,
    rows.map(({ key }) => key),
  );
  const expected = version ? [versionInput(rows.map((row) => row.expected))] : [];
  const input = inputRows(sql, [...keys, ...expected, ...values], rows.length, table);
  const guard = version ? ` AND t.${sql.name(version.databaseName)} = x.v` : '';
  return [
    input.rows,
    `STRAIGHT_JOIN ${sql.path(model.tablePath)} t FORCE INDEX (PRIMARY) ON ${sameKey(sql, model)}${guard}`,
  ].join('\n');
}

function nextVersion(sql: SqlWriter, { databaseName }: ColumnModel): string {
  const version = `t.${sql.name(databaseName)}`;
  return `${version} = ${version} + 1`;
}
