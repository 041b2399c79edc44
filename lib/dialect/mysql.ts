import { MappingError } from '../errors/mapping-error';
import type { Batch } from '../write-set/batch';
import { tokensOf } from '../write-set/lock-plan';
import type { LockStrength } from '../write-set/change';
import type { Dialect, ServerSettings, TableDescription } from './dialect';
import { judge } from './error-table';
import { errorTable, readError } from './mysql-errors';
import { canInsertTogether, insert } from './mysql-insert';
import { deleteRows, updateRows } from './mysql-write';
import { exactKeys, inputRows, keyInput, valueInput } from './mysql-input';
import { sameKey, syntax } from './mysql-syntax';
import { findByKey } from './find-by-key';
import { clusterOf } from './galera';
import { mysqlWords, ReceiptStatements } from './receipts';
import { readColumns } from './read-columns';
import { SqlWriter } from './sql-writer';
import type { Row } from './statement';
import { commitsImplicitly } from './transaction-control';

// LOCK IN SHARE MODE: MariaDB has no FOR SHARE. https://mariadb.com/kb/en/lock-in-share-mode/
const lockClause: Readonly<Record<LockStrength, string>> = {
  'key-share': 'LOCK IN SHARE MODE',
  share: 'LOCK IN SHARE MODE',
  update: 'FOR UPDATE',
  delete: 'FOR UPDATE',
};

/**
 * MySQL 8 and MariaDB by their common part: no statement but SELECT answers rows.
 *
 * STRAIGHT_JOIN visits the given rows first, and the forced index looks each one up by its key, so
 * those rows alone are locked, in the order given. A table of a few rows would be scanned otherwise.
 * @see https://dev.mysql.com/doc/refman/8.0/en/join.html
 * @see https://dev.mysql.com/doc/refman/8.0/en/index-hints.html
 */
export const mysql: Dialect = {
  name: 'mysql',
  batchedWriteReports: 'count',
  maxRows: 1_000,
  askServer: {
    sql: `SHOW VARIABLES WHERE Variable_name IN
  ('max_allowed_packet', 'autocommit', 'transaction_isolation', 'tx_isolation',
   'wsrep_on', 'wsrep_provider', 'version')`,
    parameters: [],
  },
  readServer,
  weigh: weighValue,

  begin: (isolation, usual) => [
    ...(isolation === usual
      ? []
      : [{ sql: `SET TRANSACTION ISOLATION LEVEL ${isolation}`, parameters: [] }]),
    { sql: 'START TRANSACTION', parameters: [] },
  ],
  commitTag: undefined,
  controlsTransaction: commitsImplicitly,

  describeTable({ tablePath }) {
    const sql = `SELECT t.ENGINE AS engine, e.TRANSACTIONS AS transactions,
  t.TABLE_TYPE = 'BASE TABLE' AND NOT EXISTS (SELECT 1 FROM information_schema.TRIGGERS g
    WHERE g.EVENT_OBJECT_SCHEMA = t.TABLE_SCHEMA AND g.EVENT_OBJECT_TABLE = t.TABLE_NAME) AS plain,
  VERSION() AS version, @@sql_mode AS mode
FROM information_schema.TABLES t JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
WHERE t.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND t.TABLE_NAME = ?`;
    const [table, schema] = tablePath.toReversed();
    return { sql, parameters: [schema ?? null, table] };
  },
  readDescription(model, [row]) {
    if (row && row['transactions'] !== 'YES') {
      throw new MappingError(
        `table ${model.tableName} of ${model.entityName} is stored by ${String(row['engine'])}, which ` +
          'has no transactions: a unit of work needs ENGINE=InnoDB',
      );
    }
    return {
      isPlain: Number(row?.['plain']) === 1,
      readsJson: readsJson(row),
      // There scripts are written in another language.
      runsScripts: !String(row?.['mode']).includes('ORACLE'),
    };
  },
  canInsertTogether,
  canWriteAlone,

  lock({ model, strength }, rows, table, columns) {
    const sql = new SqlWriter(syntax);
    const keys = rows.map((row) => row.key);
    const input = inputRows(sql, keyInput(model, keys), rows.length, table);
    const version = model.version ? `t.${sql.name(model.version.databaseName)}` : 'NULL';
    return sql.statement(
      `SELECT ${input.ord} AS ord, ${version} AS version${readColumns(sql, tokensOf(rows), 'token')}${readColumns(sql, columns)}`,
      `FROM ${input.rows}`,
      `STRAIGHT_JOIN ${sql.path(model.tablePath)} t FORCE INDEX (PRIMARY) ON ${sameKey(sql, model)}`,
      lockClause[strength],
    );
  },

  read(model, columns, keys, table) {
    const sql = new SqlWriter(syntax);
    const input = inputRows(sql, keyInput(model, keys), keys.length, table);
    return sql.statement(
      `SELECT ${input.ord} AS ord${readColumns(sql, columns)}`,
      `FROM ${input.rows}`,
      `STRAIGHT_JOIN ${sql.path(model.tablePath)} t FORCE INDEX (PRIMARY) ON ${sameKey(sql, model)}`,
    );
  },

  find(model, columns, keys) {
    const sql = new SqlWriter(syntax);
    const values = exactKeys(model, keys);
    return findByKey(
      sql,
      model,
      columns,
      values.length === 1 ? `= ${sql.bind(values[0])}` : `IN (${sql.bind(values)})`,
    );
  },

  readByUnique(model, unique, columns, values) {
    const sql = new SqlWriter(syntax);
    const keys = unique.columns.map((column, i) =>
      valueInput(
        model,
        column,
        `k${i}`,
        values.map((row) => row[i]),
      ),
    );
    const input = inputRows(sql, keys, values.length, undefined);
    const equal = unique.columns.map((column, i) => `t.${sql.name(column.databaseName)} = x.k${i}`);
    return sql.statement(
      `SELECT ${input.ord} AS ord${readColumns(sql, columns)}`,
      `FROM ${input.rows}`,
      `STRAIGHT_JOIN ${sql.path(model.tablePath)} t ON ${equal.join(' AND ')}`,
    );
  },

  insert,

  update: updateRows,
  delete: deleteRows,

  receipts: new ReceiptStatements(syntax, mysqlWords),

  readError,
  judge: (error, phase) => judge(errorTable, error, phase),
};

function readServer(rows: readonly Row[]): ServerSettings {
  const settings = new Map(rows.map((row) => [row['Variable_name'], String(row['Value'])]));
  const level = settings.get('transaction_isolation') ?? settings.get('tx_isolation');
  return {
    // A share of what the server takes, for values are estimated.
    maxBytes: 0.8 * Number(settings.get('max_allowed_packet')),
    commitsAlone: settings.get('autocommit') === 'ON',
    // Stricter levels are asked for by name, whatever a connection has become since.
    isolation: level === 'READ-COMMITTED' ? 'READ COMMITTED' : undefined,
    // One row that is found by its key is locked and compared as it is now, at any level.
    writesAlone: true,
    cluster: clusterOf(settings),
  };
}

/** One row is written or it is not; an insert that is read back needs its transaction. */
function canWriteAlone(batch: Batch, table: TableDescription): boolean {
  if (table['isPlain'] !== true) return false;
  if (batch.operation === 'insert') return batch.answered.length === 0;
  return batch.rows.length === 1 && isCounted(batch);
}

/** Whether the number of rows that a statement has reached says whether it has reached all of them. */
export function isCounted({ operation, isChecked, isMoving }: Batch): boolean {
  return operation === 'delete' ? isChecked : operation === 'update' && isChecked && isMoving;
}

/**
 * MariaDB 10.6 or later. MySQL has JSON_TABLE as well, but nobody has tried these statements there; and
 * without backslashes as escapes mysql2 cannot write the quotes of a document.
 */
function readsJson(row: Row | undefined): boolean {
  const version = /^(\d+)\.(\d+).*MariaDB/i.exec(String(row?.['version'])) ?? [];
  const isPlain = !String(row?.['mode']).includes('NO_BACKSLASH_ESCAPES');
  return isPlain && Number(version[1]) * 100 + Number(version[2]) >= 1_006;
}

/**
 * mysql2 writes values into the text: hexadecimal doubles bytes, and of a character that JSON escapes
 * and mysql2 once more up to seven are made.
 */
function weighValue(value: unknown): number {
  if (typeof value === 'string') return 7 * Buffer.byteLength(value) + 8;
  if (value instanceof Uint8Array) return 2 * value.byteLength + 8;
  return 32;
}
