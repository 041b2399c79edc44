import type { DataSourceOptions } from 'typeorm';

import { startMariaDb, startPostgres, type DatabaseServer } from '../../setup/databases';
import { entities } from '../ledger/entities';

export type CrashingEngine = 'postgres' | 'mariadb';

/**
 * Starts a server that may be killed, because nobody else uses it.
 *
 * What it has told as committed outlives its process, though not the machine: nothing here waits for a
 * disk.
 */
export function startCrashingServer(engine: CrashingEngine): Promise<DatabaseServer> {
  return engine === 'postgres'
    ? startPostgres({
        urlVariable: 'FAULTS_POSTGRES_URL',
        settings: { synchronous_commit: 'on', full_page_writes: 'on', max_connections: '50' },
      })
    : startMariaDb({
        urlVariable: 'FAULTS_MARIADB_URL',
        settings: { 'innodb-flush-log-at-trx-commit': '2', 'innodb-lock-wait-timeout': '10' },
      });
}

export function optionsOf(engine: CrashingEngine, url: string): DataSourceOptions {
  const common = { url, entities, poolSize: 10 };
  return engine === 'postgres' ? { ...common, type: engine } : { ...common, type: engine };
}
