import type { Account } from '../account';
import { commonForms, isText, type Source } from './common-forms';
import type { Form, Statement } from './driver';

const union: Source = {
  name: 'UNION ALL',
  write: (rows, names) => {
    const first = `SELECT ${names.map((name) => `? AS ${name}`).join(', ')}`;
    const next = `SELECT ${names.map(() => '?').join(', ')}`;
    const selects = rows.map((_, row) => (row === 0 ? first : next));
    return { sql: `(${selects.join(' UNION ALL ')}) AS x`, parameters: rows.flat() };
  },
};

/** @see https://mariadb.com/kb/en/table-value-constructors/ */
const values: Source = {
  name: 'WITH VALUES',
  write: (rows, names) => {
    const list = `(${names.map(() => '?').join(', ')})`;
    return {
      sql: `(WITH v (${names.join(', ')}) AS (VALUES ${rows.map(() => list).join(', ')}) SELECT * FROM v) AS x`,
      parameters: rows.flat(),
    };
  },
};

/** @see https://mariadb.com/kb/en/json_table/ */
const json: Source = {
  name: 'JSON_TABLE',
  write: (rows, names) => {
    const typeOf = (name: string) => (isText(name) ? 'VARCHAR(200)' : 'INT');
    const paths = names.map((name, i) => `${name} ${typeOf(name)} PATH '$[${i}]'`);
    return {
      sql: `JSON_TABLE(?, '$[*]' COLUMNS (${paths.join(', ')})) AS x`,
      parameters: [JSON.stringify(rows)],
    };
  },
};

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

function deletePairs(rows: readonly Account[]): Statement {
  return {
    sql: `DELETE FROM account WHERE (id, row_version) IN (${pairs(rows)})`,
    parameters: rows.flatMap(({ id, version }) => [id, version]),
  };
}

export const mariaDbForms: readonly Form[] = [
  ...commonForms({
    placeholder: () => '?',
    sources: [union, values, json],
    updateFrom: (
      source,
    ) => `UPDATE account AS t JOIN ${source} ON t.id = x.id AND t.row_version = x.row_version
SET t.balance = x.balance, t.row_version = t.row_version + 1`,
    deleteFrom: (source) =>
      `DELETE t FROM account AS t JOIN ${source} ON t.id = x.id AND t.row_version = x.row_version`,
  }),
  // Every row searches the list of cases from its start.
  { name: 'CASE', operation: 'update', maxRows: 2_000, write: updateByCase },
  { name: 'IN', operation: 'delete', write: deletePairs },
];
