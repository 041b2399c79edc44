import type { Batch } from '../write-set/batch';
import type { Insert } from '../write-set/change';
import { checkKeyValue } from './check-value';
import type { InsertRow, TableDescription, WriteStatement } from './dialect';
import { columnOf } from './postgres-catalog';
import { allOrNothing, shortAnswer } from './postgres-answers';
import { boundColumn, inputColumn, inputRows, type InputColumn } from './postgres-input';
import { syntax } from './postgres-syntax';
import { SqlWriter } from './sql-writer';

/**
 * Inserts rows and answers each with its position.
 *
 * The order of RETURNING is not promised, so rows are told apart by their keys: given by the
 * client, or drawn from the column's own default beside the row's position.
 */
export function insert(
  batch: Batch<Insert>,
  rows: readonly InsertRow[],
  table: TableDescription,
): WriteStatement {
  if (rows.length === 1) return insertRow(batch, rows, table);
  const { model, columns, answered } = batch;
  const sql = new SqlWriter(syntax);
  const input = inputOf(batch, rows, table);
  const drawn = drawnKeys(batch, table);
  const names = [...columns, ...drawn.map(({ column }) => column)];
  const values = [...input.map((i) => i.expression), ...drawn.map(({ alias }) => `x.${alias}`)];
  const valueOf = new Map(names.map((column, i) => [column, values[i]]));
  const hasIdentity = names.some((column) => columnOf(table, model, column).isIdentity);
  const name = (column: { databaseName: string }) => sql.name(column.databaseName);
  const overriding = hasIdentity ? ' OVERRIDING SYSTEM VALUE' : '';
  const returned = [
    ...model.key.map((column, i) => `t.${name(column)} AS k${i}`),
    ...answered.map((column, i) => `t.${name(column)} AS a${i}`),
  ];
  const drawnColumns = drawn.map(({ alias, generator }) => `, ${generator} AS ${alias}`);
  const matches = model.key.map((column, i) => `i.k${i} = ${valueOf.get(column)}`);
  const total = `${allOrNothing('i', `${sql.bind(rows.length)}::int`)} AS total`;
  const inserted = [
    `WITH x AS MATERIALIZED (SELECT x.*${drawnColumns.join('')} FROM ${inputRows(sql, 'x', input, rows.length)}),`,
    `i AS (INSERT INTO ${sql.path(model.tablePath)} AS t (${names.map(name).join(', ')})${overriding}`,
    `  SELECT ${values.join(', ')} FROM x ORDER BY x.ord RETURNING ${returned.join(', ')})`,
  ];
  if (answered.length === 0) {
    const statement = sql.statement(...inserted, `SELECT ${total}`);
    return { statement, reports: 'rows', ...shortAnswer(rows.length) };
  }
  const statement = sql.statement(
    ...inserted,
    `SELECT (x.ord - 1)::int AS ord, true AS reached${answered.map((_, i) => `, i.a${i}`).join('')},`,
    `  ${total}`,
    `FROM i JOIN x ON ${matches.join(' AND ')}`,
  );
  return { statement, reports: 'rows' };
}

/** One row needs no position: its answer is its own. */
function insertRow(
  batch: Batch<Insert>,
  rows: readonly InsertRow[],
  table: TableDescription,
): WriteStatement {
  const { model, columns, answered } = batch;
  const sql = new SqlWriter(syntax);
  const values = inputOf(batch, rows, table).map((input) => boundColumn(sql, input).expression);
  const names = columns.map(({ databaseName }) => sql.name(databaseName));
  const hasIdentity = columns.some((column) => columnOf(table, model, column).isIdentity);
  const overriding = hasIdentity ? ' OVERRIDING SYSTEM VALUE' : '';
  const isEmpty = columns.length === 0;
  const statement = sql.statement(
    `INSERT INTO ${sql.path(model.tablePath)} AS t ${isEmpty ? '' : `(${names.join(', ')})`}${overriding}`,
    isEmpty ? 'DEFAULT VALUES' : `VALUES (${values.join(', ')})`,
    onConflict(sql, batch),
    'RETURNING 0 AS ord, true AS reached',
    answered.map((column, i) => `, t.${sql.name(column.databaseName)} AS a${i}`).join(''),
  );
  return { statement, reports: 'rows' };
}

function inputOf(
  { model, columns }: Batch<Insert>,
  rows: readonly InsertRow[],
  table: TableDescription,
): InputColumn[] {
  return columns.map((column, i) => {
    const check = (value: unknown) => (column.isKey ? checkKeyValue(model, column, value) : value);
    const values = rows.map((row) => check(row.values[i]));
    return inputColumn(table, model, column, `c${i}`, values);
  });
}

/** Only the key's own constraint: what collides with another one is an error. */
function onConflict(sql: SqlWriter, { unless }: Batch<Insert>): string {
  if (!unless) return '';
  const columns = unless.unique.columns.map(({ databaseName }) => sql.name(databaseName));
  return ` ON CONFLICT (${columns.join(', ')}) DO NOTHING`;
}

/** Keys that the client does not give, each with the expression that draws the next one. */
function drawnKeys({ model, columns }: Batch<Insert>, table: TableDescription) {
  return model.key.flatMap((column, i) => {
    const { generator } = columnOf(table, model, column);
    const isDrawn = !columns.includes(column) && generator !== undefined;
    return isDrawn ? [{ column, alias: `g${i}`, generator }] : [];
  });
}
