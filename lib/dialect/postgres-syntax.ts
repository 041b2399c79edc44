import type { SqlSyntax } from './sql-writer';

/** @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const syntax: SqlSyntax = { quote, placeholder: (position) => `$${position}` };
