import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { Batch } from '../write-set/batch';
import type { LockStrength } from '../write-set/change';
import { checkKeyValue } from './check-value';
import type { Dialect, TableDescription } from './dialect';
import { judge } from './error-table';
import { columnOf, describeTable, readDescription } from './postgres-catalog';
import { errorTable, readError } from './postgres-errors';
import { allOrNothing, shortAnswer } from './postgres-answers';
import { inputColumn, inputRows, type InputColumn } from './postgres-input';
import { insert } from './postgres-insert';
import { syntax } from './postgres-syntax';
import { SqlWriter } from './sql-writer';

/** @see https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS */
const lockClause: Readonly<Record<LockStrength, string>> = {
  'key-share': 'FOR KEY SHARE',
  share: 'FOR SHARE',
  update: 'FOR NO KEY UPDATE',
  delete: 'FOR UPDATE',
};

/** PostgreSQL 12 or later. */
export const postgres: Dialect = {
  name: 'postgres',
  batchedWriteReports: 'rows',
  maxRows: 10_000,
  askServer: undefined,
  readServer: () => ({ maxBytes: undefined, commitsAlone: true, isolation: undefined }),
  weigh: () => 0,

  begin: (isolation) => [{ sql: `START TRANSACTION ISOLATION LEVEL ${isolation}`, parameters: [] }],
  commitTag: 'COMMIT',

  describeTable,
  readDescription,
  canInsertTogether: ({ model, columns }, table) =>
    model.key.every(
      (key) => columns.includes(key) || columnOf(table, model, key).generator !== undefined,
    ),

  canWriteAlone: () => true,

  lock({ model, strength }, rows, table) {
    const sql = new SqlWriter(syntax);
    const keys = rows.map((row) => row.key);
    const key = keyInput(model, keys, table);
    const version = model.version ? `t.${sql.name(model.version.databaseName)}` : 'NULL';
    return sql.statement(
      `SELECT (x.ord - 1)::int AS ord, ${version} AS version`,
      `FROM ${inputRows(sql, 'x', key, rows.length)}`,
      `JOIN ${sql.path(model.tablePath)} AS t ON ${sameKey(sql, model, key)}`,
      `ORDER BY x.ord ${lockClause[strength]} OF t`,
    );
  },

  read(model, columns, keys, table) {
    const sql = new SqlWriter(syntax);
    const key = keyInput(model, keys, table);
    const names = columns.map((column, i) => `, t.${sql.name(column.databaseName)} AS c${i}`);
    return sql.statement(
      `SELECT (x.ord - 1)::int AS ord${names.join('')}`,
      `FROM ${inputRows(sql, 'x', key, keys.length)}`,
      `JOIN ${sql.path(model.tablePath)} AS t ON ${sameKey(sql, model, key)}`,
    );
  },

  readByUnique(model, unique, columns, values, table) {
    const sql = new SqlWriter(syntax);
    const input = unique.columns.map((column, i) => {
      return inputColumn(
        table,
        model,
        column,
        `k${i}`,
        values.map((row) => row[i]),
      );
    });
    const names = columns.map((column, i) => `, t.${sql.name(column.databaseName)} AS c${i}`);
    const equal = unique.columns.map(
      (column, i) => `t.${sql.name(column.databaseName)} = ${input[i]?.expression}`,
    );
    return sql.statement(
      `SELECT (x.ord - 1)::int AS ord${names.join('')}`,
      `FROM ${inputRows(sql, 'x', input, values.length)}`,
      `JOIN ${sql.path(model.tablePath)} AS t ON ${equal.join(' AND ')}`,
    );
  },

  insert,

  update(batch, rows, table) {
    const changes = rows.map((row) => row.change);
    const columns = batch.columns.map((column, i) => {
      const values = rows.map((row) => row.values[i]);
      return inputColumn(table, batch.model, column, `c${i}`, values);
    });
    return guarded(batch, changes, table, columns, (sql, target) =>
      [`UPDATE ${target} SET ${assignments(sql, batch, columns).join(', ')}`, 'FROM'].join('\n'),
    );
  },

  delete: (batch, rows, table) =>
    guarded(batch, rows, table, [], (_sql, target) => `DELETE FROM ${target}\nUSING`),

  readError,
  judge: (error, phase) => judge(errorTable, error, phase),
};

interface KeyedRow {
  readonly key: readonly unknown[];
  readonly expected: number | null;
}

/**
 * Locks the rows in the order given, writes all of them if the version of each matches, and answers
 * for each row that exists which version it has and whether it was written.
 *
 * A sorted UPDATE alone takes its locks in the order of the plan and deadlocks; the locking CTE
 * takes them in `ord`. The write re-checks the version, so it is correct without the lock as well.
 */
function guarded(
  batch: Batch,
  rows: readonly KeyedRow[],
  table: TableDescription,
  columns: readonly InputColumn[],
  write: (sql: SqlWriter, target: string) => string,
) {
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
  const lockedAndWritten = [
    `WITH x AS MATERIALIZED (SELECT * FROM ${inputRows(sql, 'x', [...key, ...expected, ...columns], rows.length)}),`,
    `l AS MATERIALIZED (SELECT x.ord, ${version ?? 'NULL::int'} AS actual${isGuarded ? ', x.v' : ''} FROM x JOIN ${target}`,
    `  ON ${sameKey(sql, model, key)} ORDER BY x.ord ${strength} OF t),`,
    `w AS (${write(sql, target)} x JOIN l ON l.ord = x.ord`,
    `  WHERE ${sameKey(sql, model, key)}${isGuarded ? ` AND ${version} = x.v` : ''}`,
    `  AND (SELECT count(*) FROM l${isGuarded ? ' WHERE l.actual = l.v' : ''}) = ${count}`,
    `  RETURNING x.ord, ${version ?? 'NULL::int'} AS version${returned.join('')})`,
  ];
  if (answered.length > 0 || (isMoving && !isGuarded)) {
    const statement = sql.statement(
      ...lockedAndWritten,
      `SELECT (l.ord - 1)::int AS ord, l.actual, w.ord IS NOT NULL AS reached, w.version`,
      `${answered.map((_, i) => `, w.a${i}`).join('')}, ${allOrNothing('w', count)} AS total`,
      `FROM l LEFT JOIN w ON w.ord = l.ord`,
    );
    return { statement, reports: 'rows' as const };
  }
  const isBumped = isMoving ? ' OR w.version <> l.actual + 1' : '';
  const statement = sql.statement(
    ...lockedAndWritten,
    'SELECT (x.ord - 1)::int AS ord, l.ord IS NOT NULL AS found, l.actual, w.ord IS NOT NULL AS reached,',
    '  w.version, NULL::int AS total',
    'FROM x LEFT JOIN l ON l.ord = x.ord LEFT JOIN w ON w.ord = x.ord',
    `WHERE w.ord IS NULL${isBumped}`,
    `UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, ${allOrNothing('w', count)}`,
  );
  return { statement, reports: 'rows' as const, ...shortAnswer(rows.length) };
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
    ...batch.columns.map((column, i) => set(column, columns[i]?.expression ?? 'NULL')),
    ...batch.answered.flatMap((column) => (column.onUpdate ? [set(column, column.onUpdate)] : [])),
    ...(batch.isMoving && version ? [set(version, `t.${sql.name(version.databaseName)} + 1`)] : []),
  ];
}

function keyInput(
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
function sameKey(sql: SqlWriter, model: EntityModel, key: readonly InputColumn[]): string {
  return model.key
    .flatMap((column, i) => {
      const name = `t.${sql.name(column.databaseName)}`;
      const value = key[i]?.expression ?? 'NULL';
      const binary = `${name}::text COLLATE "C" = ${value}::text COLLATE "C"`;
      return column.kind === 'text' ? [`${name} = ${value}`, binary] : [`${name} = ${value}`];
    })
    .join(' AND ');
}
