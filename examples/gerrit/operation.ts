import type { DataSource, EntityManager } from 'typeorm';
import type { IsolationLevel } from '../../lib/index';

/** What an operation did. */
export interface Done {
  /** How often it ran; save() runs once, or fails. */
  readonly attempts: number;
  /** How many changes it gave a new row version. */
  readonly changes: number;
}

export interface Options {
  readonly isolation?: IsolationLevel | undefined;
  /** What happens between its reads and its writes; a little time passes unless given. */
  readonly thinking?: (() => Promise<unknown>) | undefined;
}

/** A transaction; without a level, at the database's own. */
export const inTransaction = <T>(
  dataSource: DataSource,
  isolation: IsolationLevel | undefined,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> =>
  isolation === undefined ? dataSource.transaction(work) : dataSource.transaction(isolation, work);
