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
    const values = row.map((value, i) => `${sql.bind(value)}${ord === 0 ? ` AS ${names[i]}` : ''}`);
    return `SELECT ${[...values, ord === 0 ? '0 AS ord' : String(ord)].join(', ')}`;
  });
  return `(${selects.join(' UNION ALL ')}) x`;
}

export function keyNames(model: EntityModel): string[] {
  return model.key.map((_, i) => `k${i}`);
}

export function keyValues(model: EntityModel, key: readonly unknown[]): unknown[] {
  return model.key.map((column, i) => integerLiteral(column, checkKeyValue(model, column, key[i])));
}

/** As text, a bigint would be compared as a double and find its neighbours too. */
function integerLiteral(column: ColumnModel, value: unknown): unknown {
  return column.kind === 'integer' && typeof value === 'string' ? BigInt(value) : value;
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
