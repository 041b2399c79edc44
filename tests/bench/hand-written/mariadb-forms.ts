import type { Account } from '../account';
import { columns, valuesOf, type Form, type Statement } from './driver';

type Rows = readonly (readonly unknown[])[];

/** A derived table `x` with the columns that the statement names. */
type Source = (rows: Rows, names: readonly string[]) => Statement;

const union: Source = (rows, names) => {
  const first = `SELECT ${names.map((name) => `? AS ${name}`).join(', ')}`;
  const next = `SELECT ${names.map(() => '?').join(', ')}`;
  const selects = rows.map((_, row) => (row === 0 ? first : next));
  return { sql: `(${selects.join(' UNION ALL ')}) AS x`, parameters: rows.flat() };
};

/** @see https://mariadb.com/kb/en/table-value-constructors/ */
const values: Source = (rows, names) => {
  const list = `(${names.map(() => '?').join(', ')})`;
  return {
    sql: `(WITH v (${names.join(', ')}) AS (VALUES ${rows.map(() => list).join(', ')}) SELECT * FROM v) AS x`,
    parameters: rows.flat(),
  };
};

/** @see https://mariadb.com/kb/en/json_table/ */
const json: Source = (rows, names) => {
  const typeOf = (name: string) => (name === 'owner' || name === 'note' ? 'VARCHAR(200)' : 'INT');
  const paths = names.map((name, i) => `${name} ${typeOf(name)} PATH '$[${i}]'`);
  return {
    sql: `JSON_TABLE(?, '$[*]' COLUMNS (${paths.join(', ')})) AS x`,
    parameters: [JSON.stringify(rows)],
  };
};

const sources = { union, values, json };

const update =
  (source: Source) =>
  (rows: readonly Account[]): Statement => {
    const changes = rows.map(({ id, version, balance }) => [id, version, balance]);
    const { sql, parameters } = source(changes, ['id', 'row_version', 'balance']);
    return {
      sql: `UPDATE account AS t JOIN ${sql} ON t.id = x.id AND t.row_version = x.row_version
SET t.balance = x.balance, t.row_version = t.row_version + 1`,
      parameters,
    };
  };

const remove =
  (source: Source) =>
  (rows: readonly Account[]): Statement => {
    const guards = rows.map(({ id, version }) => [id, version]);
    const { sql, parameters } = source(guards, ['id', 'row_version']);
    return {
      sql: `DELETE t FROM account AS t JOIN ${sql} ON t.id = x.id AND t.row_version = x.row_version`,
      parameters,
    };
  };

const insert =
  (source: Source) =>
  (rows: readonly Account[]): Statement => {
    const { sql, parameters } = source(rows.map(valuesOf), columns.split(', '));
    return { sql: `INSERT INTO account (${columns}) SELECT ${columns} FROM ${sql}`, parameters };
  };

function insertValues(rows: readonly Account[]): Statement {
  const lists = rows.map(() => '(?, ?, ?, ?, ?, ?)').join(', ');
  const sql = `INSERT INTO account (${columns}) VALUES ${lists}`;
  return { sql, parameters: rows.flatMap(valuesOf) };
}

const pairs = (rows: readonly Account[]): string => rows.map(() => '(?, ?)').join(', ');

function updateByCase(rows: readonly Account[]): Statement {
  const cases = rows.map(() => 'WHEN ? THEN ?').join(' ');
  return {
    sql: `UPDATE account SET balance = CASE id ${cases} END, row_version = row_version + 1
WHERE (id, row_version) IN (${pairs(rows)})`,
    parameters: [
      ...rows.flatMap(({ id, balance }) => [id, balance]),
      ...rows.flatMap(({ id, version }) => [id, version]),
    ],
  };
}

function removePairs(rows: readonly Account[]): Statement {
  return {
    sql: `DELETE FROM account WHERE (id, row_version) IN (${pairs(rows)})`,
    parameters: rows.flatMap(({ id, version }) => [id, version]),
  };
}

/** What anybody writes for a single row. */
const plain: readonly Form[] = [
  {
    name: 'plain',
    operation: 'update',
    onlyRows: 1,
    write: (rows) => ({
      sql: 'UPDATE account SET balance = ?, row_version = row_version + 1 WHERE id = ? AND row_version = ?',
      parameters: rows.flatMap(({ id, version, balance }) => [balance, id, version]),
    }),
  },
  {
    name: 'plain',
    operation: 'delete',
    onlyRows: 1,
    write: (rows) => ({
      sql: 'DELETE FROM account WHERE id = ? AND row_version = ?',
      parameters: rows.flatMap(({ id, version }) => [id, version]),
    }),
  },
];

export const mariaDbForms: readonly Form[] = [
  ...plain,
  { name: 'VALUES', operation: 'insert', write: insertValues },
  // Every row searches the list of cases from its start.
  { name: 'CASE', operation: 'update', maxRows: 2_000, write: updateByCase },
  { name: 'IN', operation: 'delete', write: removePairs },
  ...Object.entries(sources).flatMap(([name, source]): Form[] => [
    { name, operation: 'update', write: update(source) },
    { name, operation: 'delete', write: remove(source) },
    { name, operation: 'insert', write: insert(source) },
  ]),
];
