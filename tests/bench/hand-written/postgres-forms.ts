import { commonForms, isText, type Source } from './common-forms';

/** @see https://www.postgresql.org/docs/current/limits.html */
const maxParameters = 65_535;

const typeOf = (name: string): string => (isText(name) ? 'text' : 'int');

/** One parameter per column: the text is the same for any number of rows. */
const unnest: Source = {
  name: 'unnest',
  write: (rows, names) => ({
    sql: `unnest(${names.map((name, i) => `$${i + 1}::${typeOf(name)}[]`).join(', ')}) AS x(${names.join(', ')})`,
    parameters: names.map((_, i) => rows.map((row) => row[i])),
  }),
};

const values: Source = {
  name: 'VALUES',
  maxParameters,
  write: (rows, names) => {
    const place = (row: number, name: string, i: number) => {
      const parameter = `$${row * names.length + i + 1}`;
      // The types of the first row are those of all.
      return row === 0 ? `${parameter}::${typeOf(name)}` : parameter;
    };
    const lists = rows.map((_, row) => `(${names.map((n, i) => place(row, n, i)).join(', ')})`);
    return {
      sql: `(VALUES ${lists.join(', ')}) AS x(${names.join(', ')})`,
      parameters: rows.flat(),
    };
  },
};

const json: Source = {
  name: 'json_to_recordset',
  write: (rows, names) => {
    const objects = rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
    const typed = names.map((name) => `${name} ${typeOf(name)}`).join(', ');
    return {
      sql: `json_to_recordset($1::json) AS x(${typed})`,
      parameters: [JSON.stringify(objects)],
    };
  },
};

export const postgresForms = commonForms({
  placeholder: (position) => `$${position}`,
  maxParameters,
  sources: [unnest, values, json],
  updateFrom: (
    source,
  ) => `UPDATE account AS t SET balance = x.balance, row_version = t.row_version + 1
FROM ${source} WHERE t.id = x.id AND t.row_version = x.row_version`,
  deleteFrom: (source) =>
    `DELETE FROM account AS t USING ${source} WHERE t.id = x.id AND t.row_version = x.row_version`,
});
