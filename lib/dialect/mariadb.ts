import type { Dialect } from './dialect';
import { mysql } from './mysql';
import { insertReturning } from './mysql-insert';

/** MariaDB 10.5 or later, which has INSERT … RETURNING. @see https://mariadb.com/kb/en/insertreturning/ */
export const mariadb: Dialect = {
  ...mysql,
  name: 'mariadb',
  insert: insertReturning,
};
