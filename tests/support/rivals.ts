import { setTimeout as wait } from 'node:timers/promises';

import { conflictCode } from '../../examples/setup/conflict-code';
import { outsideUnitOfWork } from '../../lib/index';
import { databaseName } from '../setup/databases';
import type { TestDatabase } from '../setup/on-each-database';
import type { TestedIsolation } from '../setup/on-each-isolation';
import { innodbTransactions } from './innodb-transactions';

/** Whether a plain SELECT of a transaction locks what it reads. */
export const readsLock = ({ engine }: TestDatabase, isolation: TestedIsolation): boolean =>
  engine !== 'postgres' && isolation === 'SERIALIZABLE';

/** Whether the snapshot of a transaction outlasts a statement. */
export const hasOldSnapshot = (isolation: TestedIsolation): boolean =>
  isolation === 'REPEATABLE READ' || isolation === 'SERIALIZABLE';

/** Whether a write, or a locking read, of a row that is newer than the snapshot is error 1020. */
export const refusesNewerRows = ({ name }: TestDatabase, isolation: TestedIsolation): boolean =>
  name === 'mariadb snapshot-isolation' && isolation === 'REPEATABLE READ';

/** A rival's work that has ended, or that waits for a lock of whoever let it act. */
export interface Meanwhile<T> {
  readonly outcome: Promise<PromiseSettledResult<T>>;
}

/**
 * Lets a rival act in the middle of somebody else's transaction: until it has ended or, as the server
 * says, it waits for a lock.
 */
export async function letRivalAct<T>(
  database: TestDatabase,
  act: () => Promise<T>,
): Promise<Meanwhile<T>> {
  const outcome = outsideUnitOfWork(() => Promise.allSettled([act()])).then(([settled]) => settled);
  const stop = new AbortController();
  await Promise.race([outcome, untilSomebodyWaits(database, stop.signal)]);
  stop.abort();
  return { outcome };
}

/** Resolves when the server says that a connection to this database waits for a lock. */
export async function untilSomebodyWaits(
  database: TestDatabase,
  signal?: AbortSignal,
): Promise<void> {
  const doesSomebodyWait = database.engine === 'postgres' ? waitsOnPostgres : waitsOnMySql;
  for (;;) {
    if (signal?.aborted || (await doesSomebodyWait(database))) return;
    await wait(10);
  }
}

async function waitsOnPostgres({ sql }: TestDatabase): Promise<boolean> {
  const rows = await sql(
    `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}

async function waitsOnMySql(database: TestDatabase): Promise<boolean> {
  const { url } = database.options as { readonly url: string };
  const waiting = /TRX HAS BEEN WAITING .*\n.* (?:of )?table `(.*?)`\./i;
  const open = await innodbTransactions(database);
  return open.some(({ report }) => waiting.exec(report)?.[1] === databaseName(url));
}

/** What a promise ends with: its value, or the code with which the database refused it. */
export async function outcomeOf<T>(promise: Promise<T>): Promise<T | { readonly error: string }> {
  try {
    return await promise;
  } catch (error) {
    const code = conflictCode(error);
    if (code === undefined) throw error;
    return { error: code };
  }
}
