import type { ColumnModel, EntityModel } from '../model/entity-model';
import type { TableDescription } from './dialect';
import { checkSingle } from './check-value';
import { arrayLiteral, arrayText } from './postgres-array';
import { columnOf } from './postgres-catalog';
import type { SqlWriter } from './sql-writer';

/** One column of the rows that a statement is given: its name there and its values, row by row. */
export interface InputColumn {
  readonly alias: string;
  readonly type: string;
  readonly values: readonly unknown[];
  /** The column as an expression of the table's type. */
  readonly expression: string;
}

export function inputColumn(
  table: TableDescription,
  model: EntityModel,
  column: ColumnModel,
  alias: string,
  values: readonly unknown[],
): InputColumn {
  const { type, isArray } = columnOf(table, model, column);
  if (!isArray) {
    for (const value of values) checkSingle(model, column, value);
    return { alias, type, values, expression: `x.${alias}` };
  }
  return {
    alias,
    type: 'text',
    values: values.map(arrayLiteral),
    expression: `x.${alias}::${type}`,
  };
}

/** The column of a single row, as a value bound to a statement that has no FROM item for it. */
export function boundColumn(sql: SqlWriter, input: InputColumn): InputColumn {
  const value = `${sql.bind(input.values[0])}::${input.type}`;
  return { ...input, expression: input.expression.replace(`x.${input.alias}`, () => value) };
}

/**
 * Rows as a FROM item with their position: one parameter per column, whatever the number of rows,
 * so that no limit of parameters is met and the text stays the same.
 *
 * @see https://www.postgresql.org/docs/current/functions-array.html
 */
export function inputRows(
  sql: SqlWriter,
  alias: string,
  columns: readonly InputColumn[],
  count: number,
): string {
  if (columns.length === 0) {
    return `generate_series(1, ${sql.bind(count)}::int) AS ${alias}(ord)`;
  }
  const arrays = columns.map(({ values, type }) => `${sql.bind(arrayText(values))}::${type}[]`);
  const names = columns.map((column) => column.alias);
  return `unnest(${arrays.join(', ')}) WITH ORDINALITY AS ${alias}(${[...names, 'ord'].join(', ')})`;
}
