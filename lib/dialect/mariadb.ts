import type { Dialect } from './dialect';
import { canWriteAlone, mysql } from './mysql';
import { insertReturning, isReturned } from './mysql-insert';

/** MariaDB 10.5 or later, which has INSERT … RETURNING. @see https://mariadb.com/kb/en/insertreturning/ */
export const mariadb: Dialect = {
  ...mysql,
  name: 'mariadb',
  canWriteAlone: (batch) =>
    canWriteAlone(batch) || (batch.operation === 'insert' && isReturned(batch)),
  insert: insertReturning,
};
