import type { Account } from '../account';
import { columns, valuesOf, type Form, type Statement } from './driver';

// A statement takes 65,535 parameters.
const limit = (perRow: number): number => Math.floor(65_535 / perRow);

/** A source of rows for a FROM clause: `x`, with the columns that the statement names. */
type Source = (rows: readonly (readonly unknown[])[], names: readonly string[]) => Statement;

const typeOf = (name: string): string => (name === 'owner' || name === 'note' ? 'text' : 'int');

/** One parameter per column: the text is the same for any number of rows. */
const unnest: Source = (rows, names) => ({
  sql: `unnest(${names.map((name, i) => `$${i + 1}::${typeOf(name)}[]`).join(', ')}) AS x(${names.join(', ')})`,
  parameters: names.map((_, i) => rows.map((row) => row[i])),
});

/** Types on the first row are enough. */
const values: Source = (rows, names) => {
  const width = names.length;
  const place = (row: number, i: number) =>
    `$${row * width + i + 1}${row === 0 ? `::${typeOf(names[i] ?? '')}` : ''}`;
  const lists = rows.map((_, row) => `(${names.map((_name, i) => place(row, i)).join(', ')})`);
  return {
    sql: `(VALUES ${lists.join(', ')}) AS x(${names.join(', ')})`,
    parameters: rows.flat(),
  };
};

const json: Source = (rows, names) => {
  const objects = rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
  const typed = names.map((name) => `${name} ${typeOf(name)}`).join(', ');
  return {
    sql: `json_to_recordset($1::json) AS x(${typed})`,
    parameters: [JSON.stringify(objects)],
  };
};

const sources = { unnest, values, json };

const update =
  (source: Source) =>
  (rows: readonly Account[]): Statement => {
    const changes = rows.map(({ id, version, balance }) => [id, version, balance]);
    const { sql, parameters } = source(changes, ['id', 'row_version', 'balance']);
    return {
      sql: `UPDATE account AS t SET balance = x.balance, row_version = t.row_version + 1
FROM ${sql} WHERE t.id = x.id AND t.row_version = x.row_version`,
      parameters,
    };
  };

const remove =
  (source: Source) =>
  (rows: readonly Account[]): Statement => {
    const guards = rows.map(({ id, version }) => [id, version]);
    const { sql, parameters } = source(guards, ['id', 'row_version']);
    return {
      sql: `DELETE FROM account AS t USING ${sql} WHERE t.id = x.id AND t.row_version = x.row_version`,
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
  const list = (row: number) => `(${[1, 2, 3, 4, 5, 6].map((i) => `$${row * 6 + i}`).join(', ')})`;
  return {
    sql: `INSERT INTO account (${columns}) VALUES ${rows.map((_, row) => list(row)).join(', ')}`,
    parameters: rows.flatMap(valuesOf),
  };
}

/** What anybody writes for a single row; rows loaded one by one have no second. */
const plain: readonly Form[] = [
  {
    name: 'plain',
    operation: 'update',
    onlyRows: 1,
    write: (rows) => ({
      sql: 'UPDATE account SET balance = $1, row_version = row_version + 1 WHERE id = $2 AND row_version = $3',
      parameters: rows.flatMap(({ id, version, balance }) => [balance, id, version]),
    }),
  },
  {
    name: 'plain',
    operation: 'delete',
    onlyRows: 1,
    write: (rows) => ({
      sql: 'DELETE FROM account WHERE id = $1 AND row_version = $2',
      parameters: rows.flatMap(({ id, version }) => [id, version]),
    }),
  },
];

export const postgresForms: readonly Form[] = [
  ...plain,
  { name: 'VALUES', operation: 'insert', maxRows: limit(6), write: insertValues },
  ...Object.entries(sources).flatMap(([name, source]): Form[] => {
    const maxRows = (perRow: number) => (source === values ? { maxRows: limit(perRow) } : {});
    const own: readonly Form[] = [
      { name, operation: 'update', ...maxRows(3), write: update(source) },
      { name, operation: 'delete', ...maxRows(2), write: remove(source) },
    ];
    const insertion: Form = { name, operation: 'insert', write: insert(source) };
    return source === values ? [...own] : [...own, insertion];
  }),
];
