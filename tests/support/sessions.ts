import { setTimeout as wait } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

import type { Engine } from '../setup/databases';
import type { TestDatabase } from '../setup/on-each-database';
import { innodbTransactions } from './innodb-transactions';

const idOf: Readonly<Record<Engine, string>> = {
  postgres: 'pg_backend_pid()',
  mariadb: 'connection_id()',
  mysql: 'connection_id()',
};

/** The server's number for the connection that a manager uses. */
export async function sessionId(
  { engine }: Pick<TestDatabase, 'engine'>,
  manager: Pick<EntityManager, 'query'>,
): Promise<number> {
  const [row] = (await manager.query(`SELECT ${idOf[engine]} AS id`)) as [{ id: unknown }];
  return Number(row.id);
}

/** Ends a connection from the server's side. */
export async function killSession(
  database: Pick<TestDatabase, 'engine' | 'sql'>,
  id: number,
): Promise<void> {
  const kill = database.engine === 'postgres' ? `SELECT pg_terminate_backend(${id})` : `KILL ${id}`;
  await database.sql(kill);
}

/** A statement that takes its time. */
export function sleepStatement({ engine }: Pick<TestDatabase, 'engine'>, seconds: number): string {
  return `SELECT ${engine === 'postgres' ? 'pg_sleep' : 'SLEEP'}(${seconds})`;
}

/** Which of these connections the server says are in a transaction. */
export async function sessionsInTransaction(
  database: TestDatabase,
  ids: readonly number[],
): Promise<number[]> {
  const open =
    database.engine === 'postgres'
      ? await database.sql(
          'SELECT pid AS id FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL',
        )
      : await innodbTransactions(database);
  return open.map(({ id }) => Number(id)).filter((id) => ids.includes(id));
}

/**
 * What the connections to this database do that stay in a transaction, those of the pool included. A busy
 * server takes a while to notice that one was closed.
 */
export async function openTransactions(database: TestDatabase): Promise<readonly object[]> {
  const giveUpAt = performance.now() + 5_000;
  for (;;) {
    const open = await transactionsNow(database);
    if (open.length === 0 || performance.now() > giveUpAt) return open;
    await wait(50);
  }
}

async function transactionsNow(database: TestDatabase): Promise<readonly object[]> {
  if (database.engine === 'postgres') {
    return database.sql(
      `SELECT pid, state, query, now() - xact_start AS since FROM pg_stat_activity
        WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`,
    );
  }
  const open = await innodbTransactions(database);
  const connections = await database.sql(
    `SELECT id FROM information_schema.processlist
      WHERE db = DATABASE() AND id <> connection_id()`,
  );
  return open.filter((one) => connections.some(({ id }) => Number(id) === one.id));
}
