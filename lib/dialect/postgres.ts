import type { Batch } from '../write-set/batch';
import { tokensOf } from '../write-set/lock-plan';
import type { Dialect, TableDescription } from './dialect';
import { judge } from './error-table';
import { arrayText } from './postgres-array';
import { findByKey } from './find-by-key';
import { columnOf, describeTable, isPlain, readDescription } from './postgres-catalog';
import { errorTable, readError } from './postgres-errors';
import { deleteRows, updateRows } from './postgres-guarded';
import { inputColumn, inputRows } from './postgres-input';
import { insert } from './postgres-insert';
import { keyInput, lockClause, sameKey } from './postgres-key';
import { syntax } from './postgres-syntax';
import { postgresWords, ReceiptStatements } from './receipts';
import { readColumns } from './read-columns';
import { SqlWriter } from './sql-writer';
import { controlsTransaction } from './transaction-control';

/** PostgreSQL 12 or later. */
export const postgres: Dialect = {
  name: 'postgres',
  batchedWriteReports: 'rows',
  maxRows: 10_000,
  askServer: {
    sql: "SELECT current_setting('default_transaction_isolation') AS isolation",
    parameters: [],
  },
  readServer: ([row]) => ({
    maxBytes: undefined,
    commitsAlone: true,
    isolation: undefined,
    writesAlone: row?.['isolation'] === 'read committed',
  }),
  weigh: () => 0,

  begin: (isolation) => [{ sql: `START TRANSACTION ISOLATION LEVEL ${isolation}`, parameters: [] }],
  commitTag: 'COMMIT',
  controlsTransaction,

  describeTable,
  readDescription,
  canInsertTogether: ({ model, columns }, table) =>
    model.key.every(
      (key) => columns.includes(key) || columnOf(table, model, key).generator !== undefined,
    ),

  canWriteAlone,

  lock({ model, strength }, rows, table, columns) {
    const sql = new SqlWriter(syntax);
    const keys = rows.map((row) => row.key);
    const key = keyInput(model, keys, table);
    const version = model.version ? `t.${sql.name(model.version.databaseName)}` : 'NULL';
    return sql.statement(
      `SELECT (x.ord - 1)::int AS ord, t.*`,
      `FROM ${inputRows(sql, 'x', key, rows.length)} CROSS JOIN LATERAL`,
      `(SELECT ${version} AS version${readColumns(sql, tokensOf(rows), 'token')}${readColumns(sql, columns)}`,
      `FROM ${sql.path(model.tablePath)} AS t WHERE ${sameKey(sql, model, key)} ${lockClause[strength]}) AS t`,
    );
  },

  read(model, columns, keys, table) {
    const sql = new SqlWriter(syntax);
    const key = keyInput(model, keys, table);
    return sql.statement(
      `SELECT (x.ord - 1)::int AS ord${readColumns(sql, columns)}`,
      `FROM ${inputRows(sql, 'x', key, keys.length)}`,
      `JOIN ${sql.path(model.tablePath)} AS t ON ${sameKey(sql, model, key)}`,
    );
  },

  find(model, columns, keys) {
    const sql = new SqlWriter(syntax);
    const [only] = keys;
    return findByKey(
      sql,
      model,
      columns,
      keys.length === 1 ? `= ${sql.bind(only)}` : `= ANY(${sql.bind(arrayText(keys))})`,
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
    const equal = unique.columns.map(
      (column, i) => `t.${sql.name(column.databaseName)} = ${input[i]?.expression}`,
    );
    return sql.statement(
      `SELECT (x.ord - 1)::int AS ord${readColumns(sql, columns)}`,
      `FROM ${inputRows(sql, 'x', input, values.length)}`,
      `JOIN ${sql.path(model.tablePath)} AS t ON ${equal.join(' AND ')}`,
    );
  },

  insert,

  update: updateRows,
  delete: deleteRows,

  receipts: new ReceiptStatements(syntax, postgresWords),

  readError,
  judge: (error, phase) => judge(errorTable, error, phase),
};

/** Rows of an insert whose answers are joined by their keys need keys that come back as they were given. */
function canWriteAlone(
  { operation, model, answered, rows }: Batch,
  table: TableDescription,
): boolean {
  if (!isPlain(table)) return false;
  if (operation !== 'insert' || rows.length === 1 || answered.length === 0) return true;
  return model.key.every(({ kind, generate }) => kind === 'integer' || kind === 'text' || generate);
}
