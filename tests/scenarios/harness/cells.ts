import type { IsolationLevel } from '../../../lib/index';
import type { Variant as Database } from '../../setup/database/matrix';

export type DatabaseName = Database['name'];

const levels: readonly IsolationLevel[] = ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'];

/** The isolation levels at which the workloads run on a database. */
export function levelsOf({ engine }: Pick<Database, 'engine'>): readonly IsolationLevel[] {
  // Every read of a SERIALIZABLE transaction of MySQL and MariaDB locks: two readers that go on to
  // write deadlock each time, so nothing can be learnt there that one deadlock does not tell.
  return engine === 'postgres' ? levels : levels.slice(0, 2);
}

/** One server is enough for whole workloads: the driver changes statements, not their order. */
export const hasWorkloads = ({ name }: Pick<Database, 'name'>): boolean => name !== 'mysql driver';
