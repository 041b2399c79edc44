import type { ClusterSettings } from './dialect';

/**
 * A Galera cluster, as one of its nodes describes itself. Every node can be written; what was written on
 * two of them is compared when they commit, and one of the two transactions is then told of a deadlock.
 *
 * MariaDB alone has SET STATEMENT, which leaves nothing behind on the connection. Inside a transaction
 * the server would not wait.
 *
 * @see https://mariadb.com/kb/en/galera-cluster-system-variables/#wsrep_sync_wait
 * @see https://mariadb.com/kb/en/galera-cluster-status-variables/#wsrep_ready
 */
export function clusterOf(settings: ReadonlyMap<unknown, string>): ClusterSettings | undefined {
  const hasProvider = (settings.get('wsrep_provider') ?? 'none') !== 'none';
  if (settings.get('wsrep_on') !== 'ON' || !hasProvider) return undefined;
  const isMariaDb = /mariadb/i.test(settings.get('version') ?? '');
  return {
    askReady: { sql: "SHOW STATUS LIKE 'wsrep_ready'", parameters: [] },
    isReady: ([row]) => row?.['Value'] === 'ON',
    catchUp: isMariaDb
      ? { sql: 'SET STATEMENT wsrep_sync_wait = 1 FOR SELECT 1', parameters: [] }
      : undefined,
  };
}
