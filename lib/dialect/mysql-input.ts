import type { ColumnKind, ColumnModel, EntityModel } from '../model/entity-model';
import { checkKeyValue, checkScalar } from './check-value';
import type { TableDescription } from './dialect';
import type { SqlWriter } from './sql-writer';

/** One column of the rows that a statement is given: its name there and its values, row by row. */
export interface InputColumn {
  readonly alias: string;
  readonly kind: ColumnKind;
  /** Whether it is compared with the table's column or added to it; otherwise it is stored. */
  readonly isOperand: boolean;
  readonly values: readonly unknown[];
}

/** Rows that a statement is given. */
interface Input {
  /** An item of FROM, named `x`. */
  readonly rows: string;
  /** The position of a row, from 0. */
  readonly ord: string;
}

export function keyInput(model: EntityModel, keys: readonly (readonly unknown[])[]): InputColumn[] {
  return model.key.map((column, i) => ({
    alias: `k${i}`,
    kind: column.kind,
    isOperand: true,
    values: keys.map((key) => checkKeyValue(model, column, key[i])),
  }));
}

export function versionInput(expected: readonly (number | null)[]): InputColumn {
  return { alias: 'v', kind: 'integer', isOperand: true, values: expected };
}

export function valueInput(
  model: EntityModel,
  column: ColumnModel,
  alias: string,
  values: readonly unknown[],
  isOperand = false,
): InputColumn {
  const checked = values.map((value) => checkScalar(model, column, value));
  return { alias, kind: column.kind, isOperand, values: checked };
}

/** Several rows as one JSON document where the server reads that, for it takes half of the time. */
export function inputRows(
  sql: SqlWriter,
  columns: readonly InputColumn[],
  count: number,
  table: TableDescription | undefined,
): Input {
  const types = table?.['readsJson'] === true && count > 1 ? columns.map(jsonType) : [undefined];
  return types.includes(undefined)
    ? unionOf(sql, columns, count)
    : jsonTable(sql, columns, types as string[], count);
}

/** UNION ALL is the one form that every MySQL and MariaDB reads alike, and values of every type. */
function unionOf(sql: SqlWriter, columns: readonly InputColumn[], count: number): Input {
  const selects = Array.from({ length: count }, (_, ord) => {
    const values = columns.map(
      (column) => `${bindInUnion(sql, column, ord)}${ord === 0 ? ` AS ${column.alias}` : ''}`,
    );
    return `SELECT ${[...values, ord === 0 ? '0 AS ord' : String(ord)].join(', ')}`;
  });
  return { rows: `(${selects.join(' UNION ALL ')}) x`, ord: 'x.ord' };
}

function bindInUnion(sql: SqlWriter, { kind, isOperand, values }: InputColumn, ord: number) {
  const value = values[ord];
  if (!isOperand) {
    // The numbers of a column get one scale: 1.5 beside 2.25 would be stored as the text 1.50.
    return sql.bind(kind === 'text' && typeof value === 'number' ? String(value) : value);
  }
  if (kind === 'decimal') return `CAST(${sql.bind(String(value))} AS DECIMAL(65, 30))`;
  return sql.bind(exactNumber(kind, value));
}

/** Keys of one column as values of their own. */
export function exactKeys(model: EntityModel, keys: readonly unknown[]): unknown[] {
  return model.key.flatMap((column) =>
    keys.map((key) => exactNumber(column.kind, checkKeyValue(model, column, key))),
  );
}

/** As text, a long number would be compared as a double and find its neighbours too. */
function exactNumber(kind: ColumnKind, value: unknown): unknown {
  return kind === 'integer' && typeof value === 'string' ? BigInt(value) : value;
}

/** @see https://mariadb.com/kb/en/json_table/ */
function jsonTable(
  sql: SqlWriter,
  columns: readonly InputColumn[],
  types: readonly string[],
  count: number,
): Input {
  const described = columns.map(
    ({ alias }, i) => `${alias} ${types[i]} PATH '$[${i}]' ERROR ON ERROR`,
  );
  const rows = Array.from({ length: count }, (_, ord) =>
    columns.map(({ kind, values }) => jsonValue(kind, values[ord])),
  );
  const list = ['ord FOR ORDINALITY', ...described].join(', ');
  return {
    rows: `JSON_TABLE(${sql.bind(JSON.stringify(rows))}, '$[*]' COLUMNS (${list})) x`,
    ord: 'x.ord - 1',
  };
}

/** Exact numbers travel as they are written. */
function jsonValue(kind: ColumnKind, value: unknown): unknown {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  return isNumber && !(kind === 'integer' && typeof value === 'number') ? String(value) : value;
}

/** The type by which a server reads back each of these values as it was; `undefined` if there is none. */
function jsonType({ kind, isOperand, values }: InputColumn): string | undefined {
  const given = values.filter((value) => value !== null && value !== undefined);
  if (kind === 'integer' && given.every(isBigint)) return 'BIGINT';
  if (kind === 'decimal' && given.every(isDecimal)) return 'DECIMAL(65, 30)';
  // Which collation decides where both sides have one, nobody has said.
  if (kind === 'text' && !isOperand && given.every(isText)) {
    return 'LONGTEXT CHARACTER SET utf8mb4';
  }
  return undefined;
}

/** Digits that fit into 64 bits in any case. */
function isBigint(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return /^-?\d{1,18}$/.test(numberText(value));
}

function isDecimal(value: unknown): boolean {
  return /^-?\d{1,35}(?:\.\d{1,30})?$/.test(numberText(value));
}

function numberText(value: unknown): string {
  return ['string', 'number', 'bigint'].includes(typeof value) ? String(value) : '';
}

/** Half of a surrogate pair is no character. */
function isText(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && !/\p{Surrogate}/u.test(value));
}
