import { SqlWriter, type SqlSyntax } from './sql-writer';
import type { Statement } from './statement';

/** The table of receipts and its columns, by their names in the database. */
export interface ReceiptTable {
  readonly path: readonly string[];
  readonly id: string;
  readonly callId: string;
  readonly createdMs: string;
}

/** What the statements say differently. */
interface Words {
  readonly insert: string;
  /** Stands at the end of an INSERT. */
  readonly unlessThere: string;
  /** Milliseconds since 1970, in whichever time zone a session is. */
  readonly nowMs: string;
  /** Deletes rows that were written at this time or before, at most so many of them. */
  deleteUpTo(sql: SqlWriter, table: ReceiptTable, value: string, limit: number): Statement;
}

/** How the receipts of one dialect are written, found and thrown away. */
export class ReceiptStatements {
  readonly #syntax: SqlSyntax;
  readonly #words: Words;

  constructor(syntax: SqlSyntax, words: Words) {
    this.#syntax = syntax;
    this.#words = words;
  }

  /**
   * Writes a row, which the reply counts, or none if its id is there. If somebody is writing the same
   * id, it waits until it is known what becomes of that.
   */
  insert(
    { path, id, callId, createdMs }: ReceiptTable,
    values: readonly [string, string],
  ): Statement {
    const sql = new SqlWriter(this.#syntax);
    const bound = values.map((value) => sql.bind(value));
    return sql.statement(
      `${this.#words.insert} INTO ${sql.path(path)} (${sql.name(id)}, ${sql.name(callId)}, ${sql.name(createdMs)})`,
      `VALUES (${bound.join(', ')}, ${this.#words.nowMs})${this.#words.unlessThere}`,
    );
  }

  /** Answers `call_id` of the row with this id. */
  find({ path, id, callId }: ReceiptTable, value: string): Statement {
    const sql = new SqlWriter(this.#syntax);
    return sql.statement(
      `SELECT ${sql.name(callId)} AS call_id`,
      `FROM ${sql.path(path)} WHERE ${sql.name(id)} = ${sql.bind(value)}`,
    );
  }

  /** Deletes the row with this id. */
  delete({ path, id }: ReceiptTable, value: string): Statement {
    const sql = new SqlWriter(this.#syntax);
    return sql.statement(
      `DELETE FROM ${sql.path(path)} WHERE ${sql.name(id)} = ${sql.bind(value)}`,
    );
  }

  /** Deletes at most `limit` rows that are as old or older, by the database's own clock; the reply counts them. */
  deleteOlder(table: ReceiptTable, ageMs: number, limit: number): Statement {
    const sql = new SqlWriter(this.#syntax);
    const { nowMs, deleteUpTo } = this.#words;
    return deleteUpTo(sql, table, `${nowMs} - ${sql.bind(Math.ceil(ageMs))}`, limit);
  }
}

/** @see https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT */
export const postgresWords: Words = {
  insert: 'INSERT',
  unlessThere: ' ON CONFLICT DO NOTHING',
  nowMs: 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint',
  deleteUpTo: (sql, { path, id, createdMs }, value, limit) =>
    sql.statement(
      `DELETE FROM ${sql.path(path)} WHERE ${sql.name(id)} IN (`,
      `  SELECT ${sql.name(id)} FROM ${sql.path(path)} WHERE ${sql.name(createdMs)} <= ${value}::bigint`,
      `  ORDER BY ${sql.name(createdMs)} LIMIT ${limit} FOR UPDATE SKIP LOCKED)`,
    ),
};

/** @see https://dev.mysql.com/doc/refman/8.0/en/insert.html (IGNORE) */
export const mysqlWords: Words = {
  insert: 'INSERT IGNORE',
  unlessThere: '',
  nowMs: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000",
  deleteUpTo: (sql, { path, createdMs }, value, limit) =>
    sql.statement(
      `DELETE FROM ${sql.path(path)} WHERE ${sql.name(createdMs)} <= ${value}`,
      `ORDER BY ${sql.name(createdMs)} LIMIT ${limit}`,
    ),
};
