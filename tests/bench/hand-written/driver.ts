import type { Account } from '../account';
import type { Operation } from '../cells';
import type { KeyRange, Load } from '../peers/peer';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** One connection of a bare driver. */
export interface Connection {
  /** The rows that a statement answers, and how many it wrote. */
  query(statement: Statement): Promise<{ readonly rows: Account[]; readonly count: number }>;
  release(): void;
}

/** What differs between the two drivers and their databases. */
export interface Driver {
  connect(): Promise<Connection>;
  select(keys: KeyRange, load: Load): Statement;
  /** The statements among which the fastest is chosen. */
  readonly forms: readonly Form[];
  close(): Promise<void>;
}

/** One way to write rows in one statement, which writes only rows that still have their version. */
export interface Form {
  readonly name: string;
  readonly operation: Operation;
  /** Beyond it the statement meets a limit of the database, or takes the square of the rows. */
  readonly maxRows?: number;
  /** It writes exactly this many rows where given. */
  readonly onlyRows?: number;
  write(rows: readonly Account[]): Statement;
}

export const columns = 'id, owner, balance, note, visits, row_version';
export const selection = 'id, owner, balance, note, visits, row_version AS version';

/** The values of a new row, in the order of `columns`. */
export const valuesOf = ({ id, owner, balance, note, visits, version }: Account): unknown[] => [
  id,
  owner,
  balance,
  note,
  visits,
  version,
];
