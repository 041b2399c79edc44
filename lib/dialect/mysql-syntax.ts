import type { EntityModel } from '../model/entity-model';
import type { SqlSyntax, SqlWriter } from './sql-writer';

/** @see https://dev.mysql.com/doc/refman/8.0/en/identifiers.html */
export const syntax: SqlSyntax = {
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  placeholder: () => '?',
};

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
