import { startMariaDb, startPostgres, type DatabaseServer } from '../../setup/databases';
import type { BenchEngine } from '../cells';

/**
 * Starts a database of the bench's own, at READ COMMITTED: a server that others use has other work.
 *
 * It keeps no commit through a crash, so that samples wait for no disk.
 */
export function startServer(
  engine: BenchEngine,
  announce: (line: string) => void,
): Promise<DatabaseServer> {
  return engine === 'postgres'
    ? startPostgres({
        announce,
        urlVariable: 'BENCH_POSTGRES_URL',
        // The stage tidies up between samples instead.
        settings: { autovacuum: 'off', max_wal_size: '4GB', checkpoint_timeout: '1h' },
      })
    : startMariaDb({
        announce,
        urlVariable: 'BENCH_MARIADB_URL',
        settings: {
          'transaction-isolation': 'READ-COMMITTED',
          'max-allowed-packet': '64M',
          'innodb-buffer-pool-size': '256M',
          'max-recursive-iterations': '1000000',
        },
      });
}
