import { MappingError } from '../errors/mapping-error';
import { UsageError } from '../errors/usage-error';
import { keyId } from '../model/entity-key';
import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { Batch } from '../write-set/batch';
import type { Insert } from '../write-set/change';
import { checkKeyValue, checkScalar } from './check-value';
import type { InsertRow, TableDescription, WriteStatement } from './dialect';
import { readAnswered } from './mysql-read-back';
import { syntax } from './mysql-syntax';
import { SqlWriter } from './sql-writer';
import type { Row, Statement } from './statement';

/** Keys are given by the client, or the one missing is AUTO_INCREMENT: consecutive for one INSERT … VALUES. */
export function canInsertTogether({ model, columns }: Batch<Insert>): boolean {
  const missing = model.key.filter((column) => !columns.includes(column));
  return missing.every((column) => column.isIncrement);
}

export function insert(
  batch: Batch<Insert>,
  rows: readonly InsertRow[],
  table: TableDescription,
): WriteStatement {
  const { model, columns, answered } = batch;
  const statement = insertStatement(batch, rows);
  const wasFound = askMarker(batch);
  if (answered.length === 0) return { statement, reports: 'count', wasFound };
  const missing = model.key.find((column) => !columns.includes(column));
  if (missing === undefined) {
    const keys = rows.map((row) => model.key.map((column) => row.values[columns.indexOf(column)]));
    const readBack = readAnswered(model, answered, keys, table);
    return { statement, reports: 'count', readBack, wasFound };
  }
  return {
    statement,
    reports: 'count',
    wasFound,
    readBack: readGenerated(batch, missing, rows.length),
    arrange: (answers) => arrangeByKey(answered, missing, answers),
  };
}

/**
 * MariaDB 10.5 answers the rows itself. Their order is not promised, so they are told apart by their
 * keys: sorted if they are generated, compared if they were given.
 */
export function insertReturning(
  batch: Batch<Insert>,
  rows: readonly InsertRow[],
  table: TableDescription,
): WriteStatement {
  if (!isReturned(batch)) return insert(batch, rows, table);
  const { model, columns, answered } = batch;
  const missing = model.key.find((column) => !columns.includes(column));
  const sql = new SqlWriter(syntax);
  const name = ({ databaseName }: ColumnModel) => sql.name(databaseName);
  const names = [
    ...answered.map((column, i) => `${name(column)} AS a${i}`),
    ...(missing ? [] : model.key.map((column, i) => `${name(column)} AS k${i}`)),
  ];
  const { sql: text, parameters } = insertStatement(batch, rows);
  const arrange = missing
    ? (answers: readonly Row[]) => arrangeByKey(answered, missing, answers)
    : (answers: readonly Row[]) => arrangeByGivenKey(batch, rows, answers);
  return {
    statement: { sql: `${text}\nRETURNING ${names.join(', ')}`, parameters },
    reports: 'rows',
    wasFound: askMarker(batch),
    arrange: (answers) => arrange(answers).map((row) => ({ ...row, reached: 1 })),
  };
}

/** Whether each row of the answer can be told: only whole numbers come back as they were given. */
function isReturned({ model, columns, answered, rows }: Batch): boolean {
  if (answered.length === 0) return false;
  const isGiven = model.key.every((column) => columns.includes(column));
  return !isGiven || rows.length === 1 || model.key.every(({ kind }) => kind === 'integer');
}

/** @see https://dev.mysql.com/doc/refman/8.0/en/user-variables.html */
const marker = '@unit_of_work_found';

function askMarker({ unless }: Batch<Insert>): Statement | undefined {
  return unless && { sql: `SELECT ${marker} = ? AS found`, parameters: [unless.marker] };
}

/**
 * Takes the exclusive lock of the row that is there: after 1062 or INSERT IGNORE two losers would
 * share it, and deadlock when they then write. Counts do not tell which of the two happened.
 */
function onDuplicate(sql: SqlWriter, { unless }: Batch<Insert>): string | undefined {
  const [column] = unless?.unique.columns ?? [];
  if (!unless || !column) return undefined;
  const name = sql.name(column.databaseName);
  // MariaDB drops an assignment whose value it can tell beforehand, such as one that IS NULL is asked of.
  const mark = `LENGTH(${marker} := ${sql.bind(unless.marker)}) > 0`;
  return `ON DUPLICATE KEY UPDATE ${name} = IF(${mark}, ${name}, NULL)`;
}

function insertStatement(batch: Batch<Insert>, rows: readonly InsertRow[]): Statement {
  const { model, columns } = batch;
  const sql = new SqlWriter(syntax);
  // mysql2 writes a list of lists as tuples, in less time than it takes to find a thousand placeholders.
  const tuples = rows.map(({ values }) =>
    columns.map((column, i) => checked(model, column, values[i] ?? null)),
  );
  return sql.statement(
    `INSERT INTO ${sql.path(model.tablePath)} (${columns.map((c) => sql.name(c.databaseName)).join(', ')})`,
    `VALUES ${sql.bind(tuples)}`,
    onDuplicate(sql, batch),
  );
}

function checked(model: EntityModel, column: ColumnModel, value: unknown): unknown {
  if (column.isIncrement && Number(value) === 0) {
    throw new UsageError(
      `${model.entityName}.${column.propertyPath} is 0, for which AUTO_INCREMENT draws another value`,
    );
  }
  return column.isKey ? checkKeyValue(model, column, value) : checkScalar(model, column, value);
}

/**
 * The rows of the INSERT just sent: its keys start at LAST_INSERT_ID() and are one increment apart.
 *
 * @see https://dev.mysql.com/doc/refman/8.0/en/innodb-auto-increment-handling.html ("simple inserts")
 */
function readGenerated(
  { model, answered }: Batch<Insert>,
  key: ColumnModel,
  count: number,
): Statement {
  if (!key.isIncrement) {
    throw new MappingError(
      `${model.entityName}.${key.propertyPath} is a key that the database makes, and it cannot be ` +
        'read back here: generate it in the client (@PrimaryGeneratedColumn("uuid")) or use AUTO_INCREMENT',
    );
  }
  const sql = new SqlWriter(syntax);
  const name = `t.${sql.name(key.databaseName)}`;
  return sql.statement(
    `SELECT ${answered.map((c, i) => `t.${sql.name(c.databaseName)} AS a${i}`).join(', ')}`,
    `FROM ${sql.path(model.tablePath)} t`,
    `WHERE ${name} BETWEEN LAST_INSERT_ID()`,
    `  AND LAST_INSERT_ID() + ${count - 1} * @@auto_increment_increment`,
    `  AND MOD(${name} - LAST_INSERT_ID(), @@auto_increment_increment) = 0`,
  );
}

function arrangeByGivenKey(
  { model, columns }: Batch<Insert>,
  rows: readonly InsertRow[],
  answers: readonly Row[],
): Row[] {
  if (rows.length === 1) return answers.map((row) => ({ ...row, ord: 0 }));
  const positions = model.key.map((column) => columns.indexOf(column));
  const ordOf = new Map(
    rows.map(({ values }, ord) => [numbersId(positions.map((i) => values[i])), ord]),
  );
  const keyed = (row: Row) => numbersId(model.key.map((_, i) => row[`k${i}`]));
  return answers.map((row) => ({ ...row, ord: ordOf.get(keyed(row)) }));
}

/** '007' and 7 are one number. */
function numbersId(values: readonly unknown[]): string {
  return keyId(values.map((value) => BigInt(String(value))));
}

function arrangeByKey(
  answered: readonly ColumnModel[],
  key: ColumnModel,
  rows: readonly Row[],
): Row[] {
  const name = `a${answered.indexOf(key)}`;
  const number = (row: Row) => BigInt(String(row[name]));
  return rows
    .toSorted((left, right) => (number(left) < number(right) ? -1 : 1))
    .map((row, ord) => ({ ...row, ord }));
}
