import type { Entities } from '../../setup/database/test-database';
import type { Cluster } from '../nodes/cluster';
import { ClusterDatabase } from './cluster-database';
import { openCluster, type OpenCluster } from './open-cluster';
import { whyNoCluster } from './why-no-cluster';

const openTimeoutMs = 300_000;

/** Hands out what exists only inside tests and hooks. */
export type Find<T> = () => T;

/**
 * Defines tests of a cluster that all of them share, one after the other.
 *
 * Where no cluster can be had there is one test, which is skipped and says why.
 */
export function describeCluster(define: (cluster: Find<Cluster>) => void): void {
  const reason = whyNoCluster();
  if (reason !== undefined) {
    describe('galera', () => {
      it.skip(`keeps every promise on three nodes [skipped: ${reason}]`, () => undefined);
    });
    return;
  }
  describe('galera', () => {
    let opened: OpenCluster | undefined;
    beforeAll(async () => {
      opened = await openCluster();
    }, openTimeoutMs);
    afterAll(() => opened?.close(), openTimeoutMs);

    define(() => found(opened).cluster);
  });
}

/** Defines tests that share a database of the cluster. */
export function describeDatabase(
  title: string,
  cluster: Find<Cluster>,
  entities: Entities,
  define: (database: Find<ClusterDatabase>) => void,
): void {
  describe(title, () => {
    let database: ClusterDatabase | undefined;
    beforeAll(async () => {
      database = await ClusterDatabase.open(cluster(), entities);
    }, openTimeoutMs);
    afterAll(() => database?.close(), openTimeoutMs);

    define(() => found(database));
  });
}

function found<T>(value: T | undefined): T {
  if (value !== undefined) return value;
  throw new Error('the cluster is open only inside tests and hooks');
}
