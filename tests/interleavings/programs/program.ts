import type { DataSource } from 'typeorm';

import {
  ConcurrencyError,
  unitOfWork,
  type IsolationLevel,
  type RetryPolicy,
  type UnitOfWork,
} from '../../../lib/index';

/** Rows by name, without what differs from run to run: their keys. */
export type State = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The same where a model may write. */
export type Rows = Record<string, Record<string, number>>;

/** Where the rows of one run are. Each run has rows of its own, so nothing is ever cleaned up. */
export interface Place {
  id(row: string): number;
  text(row: string): string;
}

/** How a unit is run. */
interface Manner {
  readonly isolation: IsolationLevel;
  readonly retry: RetryPolicy;
}

/** Something that is run beside others, and what it does when it is alone. */
export interface Unit {
  readonly title: string;
  run(source: DataSource, place: Place, manner: Manner): Promise<unknown>;
  /** The same on plain values: it changes them and returns what `run` returns. */
  model(rows: Rows): unknown;
  /** Whether an error says that somebody else was first. */
  isRefusal(error: unknown): boolean;
  /**
   * Says that it reads rows that it neither writes nor asserts, and answers a record of them. Where
   * each statement has its own snapshot, each of them is right for itself, and no more is promised.
   */
  readonly isPlainReader?: boolean;
}

export type TableName = 'cells' | 'words' | 'basket' | 'duties';

/** Units that run side by side, and the rows that they find. */
export interface Program {
  readonly title: string;
  readonly table: TableName;
  readonly before: State;
  readonly units: readonly Unit[];
  /** Says that nobody is in anybody's way, so nobody may be refused where rows are locked singly. */
  readonly areStrangers?: boolean;
}

/** A unit of work of the library. */
export function unit<T>(
  title: string,
  work: (uow: UnitOfWork, place: Place) => Promise<T>,
  model: (rows: Rows) => T,
): Unit {
  return {
    title,
    run: (source, place, manner) => unitOfWork(source, (uow) => work(uow, place), manner),
    model,
    isRefusal: (error) => ConcurrencyError.is(error),
  };
}
