import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';

import type { TestDatabase } from '../setup/on-each-database';
import { sessionsInTransaction } from './sessions';

/**
 * Opens a pool for as long as `work` runs.
 *
 * Unlike those of the database, it may be left with a connection missing: closing it would then take
 * for ever.
 */
export async function withPool<T>(
  { options }: Pick<TestDatabase, 'options'>,
  overrides: Partial<DataSourceOptions>,
  work: (source: DataSource) => Promise<T>,
): Promise<T> {
  const source = await new DataSource({
    ...options,
    ...overrides,
  } as DataSourceOptions).initialize();
  try {
    return await work(source);
  } finally {
    if (canBeClosed(source)) {
      await Promise.race([source.destroy(), wait(2_000, undefined, { ref: false })]);
    }
  }
}

/**
 * Whether TypeORM could close the pool: for PostgreSQL it releases every connected runner until none
 * is left, and one that was released before its connection came stays.
 */
function canBeClosed({ driver }: DataSource): boolean {
  const { connectedQueryRunners = [] } = driver as {
    readonly connectedQueryRunners?: readonly QueryRunner[];
  };
  return connectedQueryRunners.every(({ isReleased }) => !isReleased);
}

/** What was found when as many connections as a pool may have were taken at once. */
export interface PoolState {
  /** How many could be had within a second. */
  readonly connections: number;
  /** Those of them that the server says are in a transaction. */
  readonly inTransaction: readonly number[];
}

export async function inspectPool(
  database: TestDatabase,
  source: DataSource,
  size: number,
): Promise<PoolState> {
  const runners = Array.from({ length: size }, () => source.createQueryRunner());
  const deadline = wait(1_000, undefined, { ref: false });
  const taken = await Promise.all(
    runners.map((runner) => Promise.race([runner.connect().then(serverId), deadline])),
  );
  const ids = taken.filter((id) => id !== undefined);
  const inTransaction = await sessionsInTransaction(database, ids);
  await Promise.all(runners.map((runner) => runner.release()));
  return { connections: new Set(ids).size, inTransaction };
}

/** Asked of the driver: in a transaction that has failed, the server would not answer. */
function serverId(connection: { readonly processID?: number; readonly threadId?: number }): number {
  return connection.processID ?? connection.threadId ?? 0;
}
