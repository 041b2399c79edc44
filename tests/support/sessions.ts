import { setTimeout as wait } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';

import type { Engine } from '../setup/databases';
import type { TestDatabase } from '../setup/on-each-database';

const idOf: Readonly<Record<Engine, string>> = {
  postgres: 'pg_backend_pid()',
  mariadb: 'connection_id()',
  mysql: 'connection_id()',
};

/** The server's number for the connection that a manager uses. */
export async function sessionId(
  { engine }: TestDatabase,
  manager: Pick<EntityManager, 'query'>,
): Promise<number> {
  const [row] = (await manager.query(`SELECT ${idOf[engine]} AS id`)) as [{ id: unknown }];
  return Number(row.id);
}

/** Ends a connection from the server's side. */
export async function killSession(database: TestDatabase, id: number): Promise<void> {
  const kill = database.engine === 'postgres' ? `SELECT pg_terminate_backend(${id})` : `KILL ${id}`;
  await database.sql(kill);
}

/** A statement that takes its time. */
export function sleepStatement({ engine }: TestDatabase, seconds: number): string {
  return `SELECT ${engine === 'postgres' ? 'pg_sleep' : 'SLEEP'}(${seconds})`;
}

/** Which of these connections the server says are in a transaction. */
export async function sessionsInTransaction(
  database: TestDatabase,
  ids: readonly number[],
): Promise<number[]> {
  const rows =
    database.engine === 'postgres'
      ? await database.sql(
          'SELECT pid AS id FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL',
        )
      : await database.sql('SELECT trx_mysql_thread_id AS id FROM information_schema.innodb_trx');
  return rows.map(({ id }) => Number(id)).filter((id) => ids.includes(id));
}

/**
 * How many connections of all to this database stay in a transaction, those of the pool included. A busy
 * server takes a while to notice that one was closed.
 */
export async function countTransactions(database: TestDatabase): Promise<number> {
  const giveUpAt = performance.now() + 3_000;
  for (;;) {
    const count = await countNow(database);
    if (count === 0 || performance.now() > giveUpAt) return count;
    await wait(20);
  }
}

async function countNow(database: TestDatabase): Promise<number> {
  const [row] =
    database.engine === 'postgres'
      ? await database.sql(
          `SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database()
              AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`,
        )
      : await database.sql(
          `SELECT COUNT(*) AS n FROM information_schema.innodb_trx
             JOIN information_schema.processlist ON id = trx_mysql_thread_id
            WHERE db = DATABASE() AND id <> connection_id()`,
        );
  return Number(row?.['n']);
}
