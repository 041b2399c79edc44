import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { Batch } from '../write-set/batch';
import type { Dialect, TableDescription, WriteStatement } from './dialect';
import { allOrNothing, shortAnswer } from './postgres-answers';
import { boundColumn, inputColumn, inputRows, type InputColumn } from './postgres-input';
import { keyInput, lockClause, sameKey } from './postgres-key';
import { syntax } from './postgres-syntax';
import { SqlWriter } from './sql-writer';

export const updateRows: Dialect['update'] = (batch, rows, table) => {
  const changes = rows.map((row) => row.change);
  const columns = batch.columns.map((column, i) => {
    const values = rows.map((row) => row.values[i]);
    return inputColumn(table, batch.model, column, `c${i}`, values);
  });
  return guarded(batch, changes, table, columns, (sql, target, inputs, isOneRow) => {
    const set = `UPDATE ${target} SET ${assignments(sql, batch, inputs).join(', ')}`;
    return isOneRow ? set : `${set}\nFROM`;
  });
};

export const deleteRows: Dialect['delete'] = (batch, rows, table) =>
  guarded(batch, rows, table, [], (_sql, target, _inputs, isOneRow) =>
    isOneRow ? `DELETE FROM ${target}` : `DELETE FROM ${target}\nUSING`,
  );

/** The first line of a write, up to where its rows come from. */
type Verb = (
  sql: SqlWriter,
  target: string,
  columns: readonly InputColumn[],
  isOneRow?: boolean,
) => string;

interface KeyedRow {
  readonly key: readonly unknown[];
  readonly expected: number | null;
}

/**
 * Locks the rows in the order given, writes all of them if the version of each matches, and answers
 * for each row that exists which version it has and whether it was written.
 *
 * A sorted UPDATE alone takes its locks in the order of the plan and deadlocks. A subquery that locks is
 * run for one row after the other, by the index of their key: the planner cannot scan the table instead,
 * as it does where a join might be cheaper. The write re-checks the version, so it is correct without the
 * lock as well.
 *
 * @see https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-LATERAL
 */
function guarded(
  batch: Batch,
  rows: readonly KeyedRow[],
  table: TableDescription,
  columns: readonly InputColumn[],
  write: Verb,
): WriteStatement {
  if (rows.length === 1) return guardedRow(batch, rows, table, columns, write);
  const { model, answered, isChecked, isMoving, operation } = batch;
  const sql = new SqlWriter(syntax);
  const key = keyInput(
    model,
    rows.map((row) => row.key),
    table,
  );
  const version = model.version && `t.${sql.name(model.version.databaseName)}`;
  const isGuarded = isChecked && model.version !== undefined;
  const expected =
    model.version && isChecked ? [expectedInput(model.version, rows, table, model)] : [];
  const returned = answered.map((column, i) => `, t.${sql.name(column.databaseName)} AS a${i}`);
  const target = `${sql.path(model.tablePath)} AS t`;
  const count = `${sql.bind(rows.length)}::int`;
  const strength = lockClause[operation === 'delete' ? 'delete' : 'update'];
  const written = version ?? 'NULL::int';
  const lockedAndWritten = [
    `WITH x AS MATERIALIZED (SELECT * FROM ${inputRows(sql, 'x', [...key, ...expected, ...columns], rows.length)}),`,
    `l AS MATERIALIZED (SELECT x.*, t.actual FROM x CROSS JOIN LATERAL`,
    `  (SELECT ${written} AS actual FROM ${target} WHERE ${sameKey(sql, model, key)} ${strength}) AS t),`,
    `w AS (${write(sql, target, columns)} l AS x WHERE ${sameKey(sql, model, key)}`,
    `  ${isGuarded ? `AND ${version} = x.v ` : ''}AND (SELECT count(*) FROM l${isGuarded ? ' WHERE l.actual = l.v' : ''}) = ${count}`,
    `  RETURNING x.ord, x.actual, ${written} AS version${returned.join('')})`,
  ];
  const total = allOrNothing('w', count);
  if (answered.length > 0 || (isMoving && !isGuarded)) {
    const statement = sql.statement(...lockedAndWritten, ...everyRow(answered.length, total));
    return { statement, reports: 'rows' };
  }
  const statement = sql.statement(...lockedAndWritten, ...deviatingRows(isMoving, total));
  return { statement, reports: 'rows', ...shortAnswer(rows.length) };
}

function everyRow(answered: number, total: string): string[] {
  const names = Array.from({ length: answered }, (_, i) => `, w.a${i}`);
  return [
    `SELECT (l.ord - 1)::int AS ord, l.actual, w.ord IS NOT NULL AS reached, w.version`,
    `${names.join('')}, ${total} AS total`,
    `FROM l LEFT JOIN w ON w.ord = l.ord`,
  ];
}

/**
 * If they were written, those whose version a trigger moved further than by one; if they were not, all
 * that are there.
 */
function deviatingRows(isMoving: boolean, total: string): string[] {
  return [
    `SELECT NULL::int AS ord, NULL::int AS actual, true AS reached, NULL::int AS version, ${total} AS total`,
    'UNION ALL SELECT (ord - 1)::int, actual, false, NULL, NULL FROM l WHERE NOT EXISTS (SELECT FROM w)',
    isMoving
      ? 'UNION ALL SELECT (ord - 1)::int, actual, true, version, NULL FROM w WHERE version <> actual + 1'
      : '',
  ];
}

/**
 * The same for one row, whose lock needs no order: the statement is planned in a tenth of the time.
 * Where it reaches no row, only a further read tells why.
 */
function guardedRow(
  batch: Batch,
  rows: readonly KeyedRow[],
  table: TableDescription,
  columns: readonly InputColumn[],
  write: Verb,
): WriteStatement {
  const { model, answered, isChecked } = batch;
  const sql = new SqlWriter(syntax);
  const target = `${sql.path(model.tablePath)} AS t`;
  const keys = rows.map((row) => row.key);
  const bind = (inputs: readonly InputColumn[]) => inputs.map((input) => boundColumn(sql, input));
  const written = write(sql, target, bind(columns), true);
  const key = bind(keyInput(model, keys, table));
  const version = model.version && `t.${sql.name(model.version.databaseName)}`;
  const [expected] =
    isChecked && model.version ? bind([expectedInput(model.version, rows, table, model)]) : [];
  const statement = sql.statement(
    written,
    `WHERE ${sameKey(sql, model, key)}${expected ? ` AND ${version} = ${expected.expression}` : ''}`,
    `RETURNING 0 AS ord, true AS reached, ${version ?? 'NULL::int'} AS version`,
    answered.map((column, i) => `, t.${sql.name(column.databaseName)} AS a${i}`).join(''),
  );
  return { statement, reports: 'rows', isSilent: true };
}

function expectedInput(
  version: ColumnModel,
  rows: readonly KeyedRow[],
  table: TableDescription,
  model: EntityModel,
): InputColumn {
  const values = rows.map((row) => row.expected);
  return inputColumn(table, model, version, 'v', values);
}

function assignments(sql: SqlWriter, batch: Batch, columns: readonly InputColumn[]): string[] {
  const set = (column: ColumnModel, to: string) => `${sql.name(column.databaseName)} = ${to}`;
  const { version } = batch.model;
  return [
    ...batch.columns.map((column, i) => {
      const value = columns[i]?.expression ?? 'NULL';
      return set(
        column,
        batch.added.includes(column) ? `t.${sql.name(column.databaseName)} + ${value}` : value,
      );
    }),
    ...batch.answered.flatMap((column) => (column.onUpdate ? [set(column, column.onUpdate)] : [])),
    ...(batch.isMoving && version ? [set(version, `t.${sql.name(version.databaseName)} + 1`)] : []),
  ];
}
