import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';

import type { TestDatabase } from '../setup/on-each-database';
import { sessionId, sessionsInTransaction } from './sessions';

/**
 * Opens a pool for as long as `work` runs.
 *
 * Unlike that of the database, it may be left with a connection missing: closing it would then wait
 * for ever.
 */
export async function withPool<T>(
  { options }: TestDatabase,
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
    await Promise.race([source.destroy(), wait(2_000, undefined, { ref: false })]);
  }
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
    runners.map((runner) => Promise.race([runner.connect().then(() => runner), deadline])),
  );
  const ids: number[] = [];
  for (const runner of taken) if (runner) ids.push(await sessionId(database, runner));
  const inTransaction = await sessionsInTransaction(database, ids);
  await Promise.all(runners.map((runner) => runner.release()));
  return { connections: new Set(ids).size, inTransaction };
}
