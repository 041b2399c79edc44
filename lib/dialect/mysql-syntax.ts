import type { ColumnModel, EntityModel } from '../model/entity-model';
import { checkKeyValue } from './check-value';
import type { SqlSyntax, SqlWriter } from './sql-writer';

/** @see https://dev.mysql.com/doc/refman/8.0/en/identifiers.html */
export const syntax: SqlSyntax = {
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  placeholder: () => '?',
};

/**
 * Rows as a derived table with their position.
 *
 * UNION ALL is the one form that every MySQL and MariaDB reads alike.
 */
export function inputRows(
  sql: SqlWriter,
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
): string {
  const selects = rows.map((row, ord) => {
    const values = row.map((value, i) => {
      const bound = value instanceof Decimal ? value.bind(sql) : sql.bind(value);
      return `${bound}${ord === 0 ? ` AS ${names[i]}` : ''}`;
    });
    return `SELECT ${[...values, ord === 0 ? '0 AS ord' : String(ord)].join(', ')}`;
  });
  return `(${selects.join(' UNION ALL ')}) x`;
}

export function keyNames(model: EntityModel): string[] {
  return model.key.map((_, i) => `k${i}`);
}

export function keyValues(model: EntityModel, key: readonly unknown[]): unknown[] {
  return model.key.map((column, i) => exactNumber(column, checkKeyValue(model, column, key[i])));
}

/** As text, a long number would be compared as a double and find its neighbours too. */
function exactNumber({ kind }: ColumnModel, value: unknown): unknown {
  if (kind === 'decimal') return new Decimal(String(value));
  return kind === 'integer' && typeof value === 'string' ? BigInt(value) : value;
}

/** The text of a decimal number, which a bound value is not one of. */
class Decimal {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  bind(sql: SqlWriter): string {
    return `CAST(${sql.bind(this.#text)} AS DECIMAL(65, 30))`;
  }
}

/** Found by the column's own equality, which uses the index, and for text compared binary as well. */
export function sameKey(sql: SqlWriter, model: EntityModel): string {
  return model.key
    .flatMap((column, i) => {
      const name = `t.${sql.name(column.databaseName)}`;
      const bytes = (text: string) => `CAST(CONVERT(${text} USING utf8mb4) AS BINARY)`;
      const equal = `${name} = x.k${i}`;
      return column.kind === 'text' ? [equal, `${bytes(name)} = ${bytes(`x.k${i}`)}`] : [equal];
    })
    .join(' AND ');
}
