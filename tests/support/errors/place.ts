import { DataSource, type DataSourceOptions } from 'typeorm';

import { Account } from '../../fixtures/account';
import { openObserver } from '../../setup/database/observer';
import {
  createDatabase,
  startMariaDb,
  startPostgres,
  type DatabaseServer,
} from '../../setup/databases';
import type { TestDatabase } from '../../setup/on-each-database';

export type ErringEngine = 'postgres' | 'mariadb';

/** A database on a server of its own, which may be set up badly, filled up and shut down. */
export interface Place extends Pick<TestDatabase, 'engine' | 'options' | 'sql'> {
  readonly engine: ErringEngine;
  close(): Promise<void>;
}

const starts: Readonly<Record<ErringEngine, () => Promise<DatabaseServer>>> = {
  postgres: () =>
    startPostgres({
      urlVariable: 'ERRING_POSTGRES_URL',
      settings: {
        max_connections: '20',
        max_locks_per_transaction: '10',
        deadlock_timeout: '20ms',
      },
    }),
  mariadb: () =>
    startMariaDb({
      urlVariable: 'ERRING_MARIADB_URL',
      settings: {
        'innodb-snapshot-isolation': 'ON',
        'max-connections': '10',
        'max-user-connections': '1',
        'max-allowed-packet': '1M',
        'innodb-lock-wait-timeout': '5',
      },
    }),
};

export async function openPlace(engine: ErringEngine): Promise<Place> {
  const server = await starts[engine]();
  const url = await createDatabase(server);
  const common = { url, entities: [Account] };
  const options: DataSourceOptions =
    engine === 'postgres' ? { ...common, type: engine } : { ...common, type: engine };
  const source = await new DataSource({ ...options, synchronize: true }).initialize();
  await source.destroy();
  const { sql, close } = openObserver(engine, url);
  return {
    engine,
    options,
    sql,
    close: async () => {
      await close();
      await server.stop();
    },
  };
}
