import type { Account } from '../account';
import { columns, valuesOf, type Form, type Statement } from './driver';

/** One way to give a statement rows: a FROM item `x` with the named columns. */
export interface Source {
  readonly name: string;
  /** It takes one parameter per value, of which a statement may have so many. */
  readonly maxParameters?: number;
  write(rows: readonly (readonly unknown[])[], names: readonly string[]): Statement;
}

/** What differs between the two databases. */
export interface Syntax {
  placeholder(position: number): string;
  readonly maxParameters?: number;
  readonly sources: readonly Source[];
  /** Both compare the key and the version of every row. */
  updateFrom(source: string): string;
  deleteFrom(source: string): string;
}

/** Text columns; the others hold numbers. */
export const isText = (name: string): boolean => name === 'owner' || name === 'note';

const names = columns.split(', ');

/** The forms that both databases have: for one row, and for many by each source. */
export function commonForms(syntax: Syntax): readonly Form[] {
  const insertion = insertValues(syntax);
  return [
    ...plainForms(syntax),
    { ...insertion, name: 'plain', onlyRows: 1 },
    insertion,
    ...syntax.sources.flatMap((source) => formsOf(syntax, source)),
  ];
}

/** What anybody writes for a single row. */
function plainForms({ placeholder: at }: Syntax): readonly Form[] {
  const guard = (first: number) => `WHERE id = ${at(first)} AND row_version = ${at(first + 1)}`;
  return [
    {
      name: 'plain',
      operation: 'update',
      onlyRows: 1,
      write: (rows) => ({
        sql: `UPDATE account SET balance = ${at(1)}, row_version = row_version + 1 ${guard(2)}`,
        parameters: rows.flatMap(({ id, version, balance }) => [balance, id, version]),
      }),
    },
    {
      name: 'plain',
      operation: 'delete',
      onlyRows: 1,
      write: (rows) => ({
        sql: `DELETE FROM account ${guard(1)}`,
        parameters: rows.flatMap(({ id, version }) => [id, version]),
      }),
    },
  ];
}

function insertValues({ placeholder, maxParameters }: Syntax): Form {
  const list = (row: number) =>
    `(${names.map((_, i) => placeholder(row * names.length + i + 1)).join(', ')})`;
  return {
    name: 'INSERT VALUES',
    operation: 'insert',
    ...limitOf(maxParameters, names.length),
    write: (rows) => ({
      sql: `INSERT INTO account (${columns}) VALUES ${rows.map((_, row) => list(row)).join(', ')}`,
      parameters: rows.flatMap(valuesOf),
    }),
  };
}

function formsOf({ updateFrom, deleteFrom }: Syntax, source: Source): readonly Form[] {
  const { name, maxParameters } = source;
  const form = (
    operation: Form['operation'],
    given: readonly string[],
    valuesOf: (row: Account) => readonly unknown[],
    textOf: (source: string) => string,
  ): Form => ({
    name,
    operation,
    ...limitOf(maxParameters, given.length),
    write: (rows) => {
      const { sql, parameters } = source.write(rows.map(valuesOf), given);
      return { sql: textOf(sql), parameters };
    },
  });
  const guard = ['id', 'row_version'];
  const insertFrom = (text: string) => `INSERT INTO account (${columns}) SELECT * FROM ${text}`;
  return [
    form('update', [...guard, 'balance'], (a) => [a.id, a.version, a.balance], updateFrom),
    form('delete', guard, (a) => [a.id, a.version], deleteFrom),
    form('insert', names, valuesOf, insertFrom),
  ];
}

const limitOf = (maxParameters: number | undefined, perRow: number): Pick<Form, 'maxRows'> =>
  maxParameters === undefined ? {} : { maxRows: Math.floor(maxParameters / perRow) };
