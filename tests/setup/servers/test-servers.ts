import { connectToMySql, startMariaDb, startPostgres, type Announce } from '../databases';
import type { DatabaseServer } from '../databases';

export type TestServerName = 'postgres' | 'mariadb' | 'mariadb snapshot-isolation' | 'mysql';

const mariaDbSettings = { 'max-connections': '300', 'innodb-lock-wait-timeout': '10' };

/**
 * The log tells which database and which application sent a statement. Deadlocks are looked for at
 * once: a second of waiting for each adds up where naive code runs into hundreds.
 */
const postgresSettings = {
  max_connections: '200',
  deadlock_timeout: '20ms',
  log_line_prefix: '[%p] database=%d application=%a | ',
  log_parameter_max_length: '0',
  lc_messages: 'C',
};

/** How each server of a test run is started. */
export const testServers: Readonly<
  Record<TestServerName, (announce: Announce) => Promise<DatabaseServer>>
> = {
  postgres: (announce) => startPostgres({ announce, settings: postgresSettings }),
  mariadb: (announce) =>
    startMariaDb({
      announce,
      settings: { ...mariaDbSettings, 'innodb-snapshot-isolation': 'OFF' },
    }),
  'mariadb snapshot-isolation': (announce) =>
    startMariaDb({
      announce,
      urlVariable: 'MARIADB_SNAPSHOT_URL',
      settings: { ...mariaDbSettings, 'innodb-snapshot-isolation': 'ON' },
    }),
  mysql: connectToMySql,
};
