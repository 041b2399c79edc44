import type { Dialect } from './dialect';
import { isCounted, mysql } from './mysql';
import { asScript } from './mariadb-script';
import { insertReturning } from './mysql-insert';

/**
 * MariaDB 10.5 or later, which has INSERT … RETURNING, runs scripts without storing them, and reads a
 * UNION of any length in time that grows with it.
 * @see https://mariadb.com/kb/en/insertreturning/
 */
export const mariadb: Dialect = {
  ...mysql,
  name: 'mariadb',
  maxRows: 10_000,
  insert: insertReturning,
  canWriteAlone(batch, table, server) {
    if (mysql.canWriteAlone(batch, table, server)) return true;
    // What a cluster makes of a script whose transaction it ends, nobody has tried.
    const runsScripts = table['runsScripts'] === true && !server.cluster;
    return runsScripts && isCounted(batch) && table['isPlain'] === true;
  },
  asTransaction: (batch, write) => {
    const isEnough = batch.operation === 'insert' || (batch.rows.length === 1 && !write.readBack);
    return isEnough ? undefined : asScript(batch, write);
  },
};
